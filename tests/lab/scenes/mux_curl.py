#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""curl, written by others, at the multiplexer: towards a scanner it is a dull web server; and the plain carrier works
with curl alone: POST up, a held GET down that ends after 20 s or 1 MiB.

    client (curl) --+-- mux (https, http) --+-- target: echo, flood
    other (bystander, through everything) --+
"""
import os
import sys
import time
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from muxkit import NAME, MuxLab
from muxwire import esp, prefixed, unprefixed
from netlab import wait_until
from scenekit import check, fact, main

URL, CLEAR = f"https://{NAME}", f"http://{NAME}"
SESSION = "00112233445566778899aabbccddeeff"
HELD_S = 19     # of twenty that a GET is held
MIB = 1 << 20
DULL = (  # arguments, status, fields that must be there
    ([f"{URL}/"], 404, ()), ([f"{CLEAR}/"], 404, ()), ([f"{CLEAR}/generate_204"], 204, ()), ([f"{URL}/generate_204"], 204, ()),
    (["--data", "x=1", f"{URL}/generate_204"], 405, ("allow",)), (["-0", f"{CLEAR}/"], 404, ()),
    (["-0", "--no-alpn", f"{URL}/generate_204"], 204, ()), (["-I", f"{URL}/"], 404, ()), (["-I", f"{CLEAR}/generate_204"], 204, ()),
    (["-X", "PUT", "--data", "x", f"{URL}/homeward/home/{SESSION}/up"], 405, ("allow",)),
    (["-X", "DELETE", f"{URL}/homeward/home/{SESSION}/down"], 405, ("allow",)),
    ([f"{URL}/homeward/home"], 426, ("upgrade",)), ([f"{URL}/.well-known/masque/udp/home/4500/"], 426, ("upgrade",)),
    ([f"{URL}/homeward/nobody/{SESSION}/down"], 404, ()), ([f"{URL}/homeward/"], 404, ()), ([f"{URL}/index.html"], 404, ()),
    (["-H", "Expect: 100-continue", "--data", "x=1", f"{URL}/"], 404, ()),
    (["-H", "Range: bytes=0-10", f"{URL}/"], 404, ()), (["-H", f"Cookie: a={'x' * 3000}", f"{URL}/"], 404, ()),
)
VERSIONS = ((["--http1.0"], 35), (["--tlsv1.2", "--tls-max", "1.2"], 0), (["--tlsv1.3"], 0),
            (["--tlsv1.1", "--tls-max", "1.1", "--ciphers", "DEFAULT:@SECLEVEL=0"], 35),
            (["--tlsv1.0", "--tls-max", "1.0", "--ciphers", "DEFAULT:@SECLEVEL=0"], 35))


def dull(mux, args, status, fields):
    done = mux.curl("-D", "-", "-o", "/dev/null", "-w", "\n%{http_code} %{size_download}", *args)
    head, _, last = done.stdout.rpartition("\n")
    code, size = last.split()
    names = [line.split(":")[0].lower() for line in head.splitlines()]
    method = next((args[args.index(o) + 1] for o in ("-X",) if o in args), "HEAD" if "-I" in args else
                  "POST" if "--data" in args else "GET")
    what = f"{method} {args[-1].split('/', 3)[0]}//../{args[-1].split('/', 3)[3]}{' (HTTP/1.0)' if '-0' in args else ''}"
    check(done.returncode == 0 and int(code) == status and all(f in names for f in fields),
          f"{what}: {code}, {size} octets{''.join(', ' + f for f in fields)}{done.stderr.strip()}")
    if status == 204 or "-I" in args:
        check(int(size) == 0, "    without a body")


def versions(mux):
    for args, exits in VERSIONS:
        done = mux.curl(*args, "-o", "/dev/null", "-w", "%{http_code} HTTP/%{http_version}", f"{URL}/generate_204")
        check(done.returncode == exits, f"{args[0].strip('-')}: {'refused, ' + done.stderr.strip().split(':')[-1] if exits else done.stdout}")
        if not exits:
            check("HTTP/1.1" in done.stdout, "    of HTTP/2 and HTTP/1.1, which curl offers, the latter is chosen")


def kept(mux):
    done = mux.curl("-o", "/dev/null", "-o", "/dev/null", "-w", "%{num_connects} ", f"{URL}/", f"{URL}/generate_204")
    check(done.stdout.split() == ["1", "0"], "a second request goes over the same connection")


def write(mux, name, *payloads):
    path = os.path.join(mux.lab.tmp, name)
    with open(path, "wb") as f:
        f.write(prefixed(*payloads))
    return path


def post(mux, target, session, path, *extra, url=URL):
    """POST a file of datagrams by curl."""
    done = mux.curl("-H", "Content-Type: application/octet-stream", "--data-binary", f"@{path}", "-w", "%{http_code}", *extra,
                    f"{url}/homeward/{target}/{session}/up")
    code = done.stdout[-3:]
    check(done.returncode == 0 and code in ("200", "204"), f"POST up of {os.path.getsize(path)} octets: {code}")


class Down:
    """A held GET by curl, its body into a file."""

    def __init__(self, mux, target, session, url=URL):
        self.path = os.path.join(mux.lab.tmp, f"down-{session}-{time.monotonic_ns()}")
        self.proc = mux.curl_spawn("-N", "-D", self.path + ".head", "-o", self.path, "-w", "%{http_code} %{time_total}",
                                   f"{url}/homeward/{target}/{session}/down")
        wait_until(lambda: self.read(".head").endswith(b"\r\n\r\n") or not self.proc.alive(), "the head of the held GET")

    def read(self, suffix=""):
        try:
            with open(self.path + suffix, "rb") as f:
                return f.read()
        except FileNotFoundError:
            return b""

    def end(self):
        """(status, seconds, octets)"""
        check(self.proc.wait() == 0, "curl is content with how the response ended")
        code, seconds = self.proc.text().split()
        return int(code), float(seconds), len(self.read())


def echo(mux, url, session, chunked=False):
    payloads = [esp(os.urandom(n)) for n in (32, 80, 1400, 40)]
    down = Down(mux, "home", session, url)
    head = down.read(".head").decode().lower()
    check("200" in head.split("\r\n")[0] and "no-store" in head, f"{url[:5]}: GET down is answered at once, never to be cached")
    extra = ["-H", "Transfer-Encoding: chunked"] if chunked else []
    post(mux, "home", session, write(mux, "up", *payloads), *extra, url=url)
    wait_until(lambda: len(down.read()) >= len(prefixed(*payloads)), "the datagrams to come back")
    check(sorted(unprefixed(down.read())) == sorted(payloads),
          f"{len(payloads)} datagrams by curl{', body in chunks' if chunked else ''}: all are back, whole, while the GET is held")
    return down


def a_mib(mux):
    session = SESSION[::-1]
    down = Down(mux, "flood", session)
    post(mux, "flood", session, write(mux, "start", esp(b"begin")))
    code, seconds, size = down.end()
    again = Down(mux, "flood", session)
    wait_until(lambda: len(again.read()) > 100_000, "more of it")
    post(mux, "flood", session, write(mux, "stop", esp(b"stop")))
    check(code == 200 and MIB <= size < MIB + 128 * 1024,
          f"GET down of a target that floods: ended after {size} octets, {seconds:.1f} s")
    check(all(len(p) == 1200 for p in unprefixed(down.read())), "    all of them whole datagrams")
    fact("    asked again, it goes on")
    again.proc.stop()


def scene(lab):
    mux = MuxLab(lab)
    held = echo(mux, URL, SESSION)
    for args, status, fields in DULL:
        dull(mux, args, status, fields)
    versions(mux)
    kept(mux)
    clear = echo(mux, CLEAR, SESSION[1:] + "0", chunked=True)
    a_mib(mux)
    code, seconds, size = held.end()
    check(code == 200 and seconds >= HELD_S, f"the held GET of the beginning: ended after {seconds:.1f} s with {size} octets")
    code, seconds, size = clear.end()
    check(code == 200 and seconds >= HELD_S, f"and the other: {seconds:.1f} s")
    mux.bystander.undisturbed()


if __name__ == "__main__":
    main(scene)
