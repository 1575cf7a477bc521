#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""SIGHUP takes a new certificate and drops no tunnel; an expired one is taken and said; a mistake changes nothing and
has one line; SIGTERM drains: WebSocket peers hear 1001.

    client (tunnels of every kind) --------+-- mux --+-- target: echo
    other (bystander, through everything) -+
"""
import os
import re
import shutil
import ssl
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from muxkit import NAME, TARGET4, MuxLab, exchange
from netlab import LabError, daemon_readable, program, wait_until
from scenekit import check, fact, main, one_line

MISTAKES = (  # what is replaced in mux.conf, by what, what the line must name besides FILE:LINE
    (r"^listen\b", "lissten", "listen"), (r"^\[mux\]", "[muxx]", "mux"), (r"^listen = .*", "listen = ftp://0.0.0.0:21", "ftp|https"),
    (r"^listen = .*", "listen = https://0.0.0.0:70000", "70000"), (r"^listen = .*", "listen =", "listen"),
    (r"^(certificate = .*)", r"\1\n\1", "certificate"), (r"^certificate\b", "certifcate", "certificate"),
    (r"^(\[target home\])\naddress = .*", r"\1\naddress = nowhere", "nowhere|address"),
    (r"^(\[target home\])\naddress = .*", r"\1\naddress = 192.0.2.10:0", "192.0.2.10:0|port"),
    (r"^\[target home\]", "[target ho/me]", "target|ho/me"), (r"^\[target home\]", "[target]", "target"),
    (r"^\[target count\]", "[target home]", "home"), (r"^(\[mux\])", r"\1\nlog = loud", "log|loud"),
)
WITHOUT_LINE = (  # things that are missing: only the file can be named
    (r"^listen = .*\n", "", "listen"), (r"^certificate = .*\n", "", "certificate"), (r"^key = .*\n", "", "key"),
)
FILES = (  # that are named but not there, or are something else
    (r"^certificate = .*", "certificate = /nowhere/mux.crt", "/nowhere/mux.crt.*[Nn]o such file"),
    (r"^key = .*", "key = /nowhere/mux.key", "/nowhere/mux.key.*[Nn]o such file"),
    (r"^certificate = .*", "certificate = /etc/hostname", "/etc/hostname"), (r"^key = .*", "key = /etc/hostname", "/etc/hostname"),
    (r"^(certificate = .*)", r"\1\nclient_ca = /nowhere/ca.crt", "/nowhere/ca.crt.*[Nn]o such file"),
)


def changed(good, pattern, replacement):
    bad, count = re.subn(pattern, replacement, good, count=1, flags=re.M)
    if count != 1 or bad == good:
        raise LabError(f"nothing matches {pattern}")
    return bad


def write(mux, text):
    with open(mux.conf, "w") as f:
        f.write(text)
    daemon_readable(mux.conf)


def mistakes(mux):
    with open(mux.conf) as f:
        good = f.read()
    done = mux.call("check", check=False)
    check(done.returncode == 0, "check finds nothing wrong with the original")
    for rules, where in ((MISTAKES, re.escape(mux.conf) + r":\d+"), (WITHOUT_LINE, re.escape(mux.conf)), (FILES, "")):
        for pattern, replacement, names in rules:
            write(mux, changed(good, pattern, replacement))
            for verb in ("check", "run"):
                done = mux.call(verb, check=False)
                line = one_line(done.stderr)
                ok = done.returncode == 1 and re.search(where, line) and re.search(names, line)
                if verb == "run" or not ok:
                    check(ok, f"{verb}: {line.replace(mux.lab.tmp, '...')}")
    text = good
    for name in re.findall(r"^\[target .*\]$", good, re.M):
        text = text.replace(name + "\n", "", 1)
    write(mux, re.sub(r"^address = .*\n", "", text, flags=re.M))
    done = mux.call("check", check=False)
    check(done.returncode == 1 and "target" in done.stderr, f"check: {one_line(done.stderr).replace(mux.lab.tmp, '...')}")
    write(mux, good)


def usage(mux):
    name = program("homeward-mux")
    for args in (["frobnicate"], ["status", "--no-such-option"], []):
        done = mux.host.run([name, *args], check=False)
        check(done.returncode == 2 and done.stderr.strip(), f"homeward-mux {' '.join(args)}: exit 2, {one_line(done.stderr)}")
    for arg in ("--help", "--version"):
        done = mux.host.run([name, arg], check=False)
        check(done.returncode == 0 and done.stdout.strip(), f"homeward-mux {arg}: {done.stdout.splitlines()[0]}")
    done = mux.host.run([name, "check", "-c", "/nowhere/mux.conf"], check=False)
    check(done.returncode == 1 and "/nowhere/mux.conf" in done.stderr, f"homeward-mux check: {one_line(done.stderr)}")
    done = mux.call("status", check=False)
    check(done.returncode == 1, f"status of none that runs: {one_line(done.stderr).replace(mux.lab.tmp, '...')}")


class Tunnels:
    """One of each kind, open across everything."""

    def __init__(self, mux):
        self.all = [mux.websocket(), mux.connect_udp(), mux.plain(), mux.websocket(tls=False)]
        self.go_on("at the beginning")

    def go_on(self, when):
        for t in self.all:
            exchange(t)
        fact(f"tunnels of every kind go on {when}")


def said(mux, before, *words):
    """Wait for a line of the log since `before` that has one of these words; returns it."""
    wait_until(lambda: any(re.search("|".join(words), line, re.I) for line in mux.log()[before:]), f"a line about {'|'.join(words)}")
    return next(line for line in mux.log()[before:] if re.search("|".join(words), line, re.I))


def hup(mux, *words):
    before = len(mux.log())
    mux.reload()
    line = said(mux, before, *words)
    fact(f"    {line.replace(mux.lab.tmp, '...')}")
    return len(mux.log()) - before


def new_certificates(mux, tunnels):
    first = mux.fingerprint()
    certificate, key = mux.pki.issue("second", cn=NAME)
    mux.set("certificate", certificate)
    mux.set("key", key)
    mux.reload()
    wait_until(lambda: mux.fingerprint() != first, "the new certificate")
    fact("SIGHUP: newcomers see the new certificate of the configuration")
    tunnels.go_on("with the old one")
    second, (third, third_key) = mux.fingerprint(), mux.pki.issue("third", cn=NAME)
    shutil.copy(third, certificate)
    shutil.copy(third_key, key)
    mux.reload()
    wait_until(lambda: mux.fingerprint() != second, "the third certificate")
    fact("SIGHUP: and the one that was written over the old file")
    tunnels.go_on("still")
    return certificate, key


def verdict(mux):
    """What a client that verifies says of the certificate now."""
    try:
        mux.connect().close()
        return "verified"
    except ssl.SSLCertVerificationError as e:
        return e.verify_message
    except (ssl.SSLError, OSError) as e:
        return str(e)


def bad_certificates(mux, tunnels, certificate, key):
    now = mux.fingerprint()
    for what, (crt, its_key), words in (
            ("a key of another certificate", (certificate, mux.pki.issue("fourth", cn=NAME)[1]), ("key",)),
            ("a certificate that is not there", ("/nowhere/x.crt", key), ("/nowhere/x.crt",)),
            ("a file that is no certificate", (mux.conf, key), ("certificate",))):
        mux.set("certificate", crt)
        mux.set("key", its_key)
        lines = hup(mux, *words)
        check(mux.fingerprint() == now and lines <= 2, f"SIGHUP, {what}: the old one stays, {lines} lines in the log")
    mux.set("certificate", certificate)
    mux.set("key", key)
    tunnels.go_on("through all of it")


def bad_configuration(mux, tunnels):
    with open(mux.conf) as f:
        good = f.read()
    write(mux, good.replace("listen =", "lissten ="))
    lines = hup(mux, re.escape(mux.conf) + r":\d+.*listen")
    check(lines <= 2, f"SIGHUP, a mistake in the configuration: FILE:LINE, {lines} lines, nothing changes")
    write(mux, good)
    mux.answers()
    tunnels.go_on("after it")


def expired(mux, tunnels, certificate, key):
    crt, its_key = mux.pki.issue("expired", cn=NAME, days=-1)
    mux.set("certificate", crt)
    mux.set("key", its_key)
    hup(mux, "expired")
    check("expired" in verdict(mux), f"SIGHUP, an expired certificate is taken and said; a client that verifies: {verdict(mux)}")
    tunnels.go_on("under an expired certificate")
    mux.set("certificate", certificate)
    mux.set("key", key)
    mux.reload()
    wait_until(lambda: verdict(mux) == "verified", "the good certificate again")


def without_https(mux, tunnels):
    """What listens for https goes on with it, whatever the file says, until the restart."""
    with open(mux.conf) as f:
        good = f.read()
    now = mux.fingerprint()
    write(mux, re.sub(r"^listen = .*", "listen = http://0.0.0.0:80", good, flags=re.M))
    hup(mux, "restart")
    check(mux.fingerprint() == now, "SIGHUP, a file without https: port 443 speaks TLS all the same, with the certificate it had")
    write(mux, good)
    mux.reload()
    tunnels.go_on("after it")


def drains(mux, tunnels):
    ws, cu, plain, clear = tunnels.all
    mux.proc.kill()
    check(ws.closed() == 1001 and clear.closed() == 1001, "SIGTERM: WebSocket peers are closed with 1001")
    check(cu.conn.ends() == b"", "the connect-udp peer sees an orderly end")
    check(plain.down.chunk() == b"", "the held GET ends as a response does")
    ended = mux.proc.wait(15)
    check(ended == 0, f"it ends with {ended}")
    check(verdict(mux) != "verified" and not os.path.exists(mux.control), "nobody listens any more, the control socket is gone")


def starts_expired(mux):
    """Not for the first time either: it starts, and says so."""
    crt, key = mux.pki.issue("expired", cn=NAME, days=-1)
    mux.set("certificate", crt)
    mux.set("key", key)
    mux.start()
    check("expired" in verdict(mux), f"started with an expired certificate: {said(mux, 0, 'expired').replace(mux.lab.tmp, '...')}")
    mux.proc.stop()


def scene(lab):
    mux = MuxLab(lab, start=False)
    usage(mux)
    mistakes(mux)
    mux.start()
    mux.watch_others()
    tunnels = Tunnels(mux)
    certificate, key = new_certificates(mux, tunnels)
    bad_certificates(mux, tunnels, certificate, key)
    bad_configuration(mux, tunnels)
    expired(mux, tunnels, certificate, key)
    without_https(mux, tunnels)
    mux.bystander.undisturbed()
    mux.bystander.proc.stop()
    check(TARGET4 in open(mux.conf).read(), "the configuration is as it was")
    drains(mux, tunnels)
    starts_expired(mux)


if __name__ == "__main__":
    main(scene)
