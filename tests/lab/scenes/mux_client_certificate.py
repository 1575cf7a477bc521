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
from netlab import wait_until
from scenekit import check, main

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


def refused(mux, what, certificate, version, reason):
    """In TLS 1.3 a client learns it by what it reads first."""
    before = len(mux.log())
    try:
        conn = mux.connect(context=mux.context(certificate, version))
        conn.send(request("GET /generate_204"))
        got = conn.head().status
    except (ssl.SSLError, ConnectionError, EOFError) as e:
        got = getattr(e, "reason", None) or type(e).__name__
    check(not isinstance(got, int), f"{version.name}, {what}: {got}")
    wait_until(lambda: len(mux.log()) > before, "a line in the log")
    check(len(mux.log()) - before == 1 and reason in mux.log()[-1], f"    {mux.log()[-1]}")


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


def resumed(mux, certificate, version):
    """A session that is resumed is the same client's; nobody else gets in by it."""
    context = mux.context(certificate, version)
    first = mux.connect(context=context)
    first.ask(request("GET /generate_204"))
    session = first.sock.session
    first.close()
    again = mux.connect(tls=False, port=443)
    again.sock = context.wrap_socket(again.sock, server_hostname=NAME, session=session)
    head, _ = again.ask(request("GET /generate_204"))
    check(head.status == 204 and again.sock.session_reused, f"{version.name}: a session is resumed")
    again.close()


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
    check(any("client_ca is for https" in line for line in mux.log()), "that port 80 asks nobody is said once, when it starts")
    for version in VERSIONS:
        refused(mux, "without a certificate", None, version, "no certificate")
        refused(mux, "a certificate of another authority", wrong, version, "unknown issuer")
        refused(mux, "one of the authority that made the multiplexer's", server, version, "unknown issuer")
        refused(mux, "an expired one", expired, version, "expired")
        served(mux, right, version)
        resumed(mux, right, version)
        refused(mux, "without a certificate after others were served", None, version, "no certificate")
    curl(mux, right)
    mux.bystander.undisturbed()


if __name__ == "__main__":
    main(scene)
