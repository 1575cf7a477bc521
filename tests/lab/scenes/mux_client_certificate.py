#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""client_ca: who shows no certificate of that authority has no connection, whoever shows one has.

    client (right, wrong, expired, no certificate) --+-- mux (https asks for certificates) --+-- target: echo
    other (bystander, clear port) -------------------+
"""
import ssl
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from muxkit import Bystander, MuxLab, NAME, exchange
from muxwire import ConnectUdp, WebSocket, request
from scenekit import check, main

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


def refused(mux, what, certificate, version):
    """In TLS 1.3 a client learns it by what it reads first."""
    before = len(mux.log())
    try:
        conn = mux.connect(context=mux.context(certificate, version))
        conn.send(request("GET /generate_204"))
        got = conn.head().status
    except (ssl.SSLError, ConnectionError, EOFError) as e:
        got = getattr(e, "reason", None) or type(e).__name__
    check(not isinstance(got, int), f"{version.name}, {what}: {got}")
    check(len(mux.log()) - before <= 1, "    one line in the log")


def served(mux, certificate, version):
    context = mux.context(certificate, version)
    for kind in (ConnectUdp, WebSocket):
        tunnel = kind(mux.connect(context=context))
        exchange(tunnel)
        tunnel.close()
    tunnel = mux.plain(context=context)
    exchange(tunnel)
    tunnel.close()
    check(True, f"{version.name}, a certificate of that authority: tunnels of every kind")


def resumed(mux, certificate):
    """A resumed session is no way around it."""
    context = mux.context(certificate, ssl.TLSVersion.TLSv1_2)
    first = mux.connect(context=context)
    first.ask(request("GET /generate_204"))
    session = first.sock.session
    first.close()
    bare = mux.context(None, ssl.TLSVersion.TLSv1_2)
    raw = mux.connect(tls=False, port=443)
    try:
        raw.sock = bare.wrap_socket(raw.sock, server_hostname=NAME)
        head = raw.ask(request("GET /generate_204"))[0].status
    except (ssl.SSLError, ConnectionError, EOFError):
        head = None
    check(session is not None and head is None, "who has none is refused after others were served, too")


def curl(mux, certificate):
    done = mux.curl("--cert", certificate[0], "--key", certificate[1], "-o", "/dev/null", "-w", "%{http_code}", f"https://{NAME}/generate_204")
    check(done.stdout == "204", "curl with the certificate: 204")
    done = mux.curl("-o", "/dev/null", "-w", "%{http_code}", f"https://{NAME}/generate_204")
    check(done.returncode != 0, f"curl without: {done.stderr.strip()}")


def scene(lab):
    mux = MuxLab(lab, start=False)
    mux.pki.ca("people")
    mux.pki.ca("strangers")
    right, expired = mux.pki.issue("alice", "people"), mux.pki.issue("late", "people", days=-1)
    wrong, server = mux.pki.issue("mallet", "strangers"), mux.pki.issue("web", "ca")
    mux.set("client_ca", mux.pki.file("people.crt"))
    mux.start()
    mux.bystander = Bystander(mux, mux.other, 80)
    for version in VERSIONS:
        refused(mux, "without a certificate", None, version)
        refused(mux, "a certificate of another authority", wrong, version)
        refused(mux, "one of the authority that made the multiplexer's", server, version)
        refused(mux, "an expired one", expired, version)
        served(mux, right, version)
    resumed(mux, right)
    curl(mux, right)
    mux.bystander.undisturbed()


if __name__ == "__main__":
    main(scene)
