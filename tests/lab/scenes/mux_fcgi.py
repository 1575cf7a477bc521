#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The multiplexer as a FastCGI responder, record by record (FastCGI Specification 1.0): several requests on one
connection, the plain carrier through it, aborts, overload; what is malformed ends this connection and no other.

    client (a web server's half, by hand) --+-- mux (fcgi, https) --+-- target: echo
    other (bystander, https) ---------------+
"""
import os
import struct
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from muxkit import MUX4, MuxLab
from muxwire import esp, prefixed, unprefixed
from netlab import LabError
from scenekit import check, main

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, GET_VALUES, GET_VALUES_RESULT, UNKNOWN = 1, 2, 3, 4, 5, 6, 9, 10, 11
RESPONDER, AUTHORIZER, COMPLETE, OVERLOADED, UNKNOWN_ROLE = 1, 2, 0, 2, 3
REQUESTS = 64       # at a time, on one connection


def record(kind, request, content=b"", padding=0, version=1):
    return struct.pack(">BBHHBB", version, kind, request, len(content), padding, 0) + content + bytes(padding)


def begin(request, role=RESPONDER, keep=True):
    return record(BEGIN, request, struct.pack(">HB5x", role, keep))


def pair(name, value):
    def length(s):
        return bytes([len(s)]) if len(s) < 128 else struct.pack(">I", len(s) | 1 << 31)
    name, value = name.encode(), value.encode()
    return length(name) + length(value) + name + value


def params(method, uri, **more):
    return b"".join(pair(k, v) for k, v in {"REQUEST_METHOD": method, "REQUEST_URI": uri, "REMOTE_ADDR": "198.51.100.7", **more}.items())


def stream(kind, request, octets, size=65535, padding=0):
    """A stream of records, with the empty one that ends it."""
    parts = [octets[n:n + size] for n in range(0, len(octets), size)]
    return b"".join(record(kind, request, p, padding) for p in parts) + record(kind, request)


def whole(request, method, uri, body=b"", **how):
    return begin(request, **how) + stream(PARAMS, request, params(method, uri)) + stream(STDIN, request, body)


class Web:
    """A web server's connection: collects what comes for each request."""

    def __init__(self, mux):
        self.conn = mux.connect(tls=False, port=9000)
        self.out, self.ended, self.other = {}, {}, []

    def send(self, octets):
        self.conn.send(octets)

    def step(self):
        version, kind, request, n, padding, _ = struct.unpack(">BBHHBB", self.conn.read(8))
        content = self.conn.read(n + padding)[:n]
        if version != 1:
            raise LabError(f"a record of version {version}")
        if kind == STDOUT:
            self.out[request] = self.out.get(request, b"") + content
        elif kind == END:
            self.ended[request] = content[4]
        else:
            self.other.append((kind, content))

    def end(self, request):
        """(status of the answer, how the request ended)"""
        while request not in self.ended:
            self.step()
        text = self.out.pop(request, b"")
        status = int(text.split()[1]) if text.startswith(b"Status: ") else None
        return status, self.ended.pop(request)

    def body(self, request, length):
        """So many octets of the body of an answer that goes on."""
        while len(self.out.get(request, b"").partition(b"\r\n\r\n")[2]) < length:
            self.step()
        return self.out[request].partition(b"\r\n\r\n")[2]


def pages(web):
    for uri, method, status in (("/", "GET", 404), ("/generate_204", "GET", 204), ("/generate_204", "POST", 405),
                                ("/homeward/home", "GET", 426), ("/.well-known/masque/udp/home/4500/", "GET", 426),
                                ("/homeward/nobody/0123456789abcdef0123456789abcdef/down", "GET", 404),
                                ("/homeward/home/short/up", "POST", 400)):
        web.send(whole(7, method, uri))
        got = web.end(7)
        check(got == (status, COMPLETE), f"{method} {uri}: Status: {got[0]}, complete")
    web.send(record(GET_VALUES, 0, pair("FCGI_MPXS_CONNS", "") + pair("FCGI_WHATEVER", "")))
    while not web.other:
        web.step()
    check(web.other.pop() == (GET_VALUES_RESULT, pair("FCGI_MPXS_CONNS", "1")), "GET_VALUES: several requests may share a connection")
    for kind, what in ((77, "an unknown record"), (BEGIN, "a request that begins and is none")):
        web.send(record(kind, 0, bytes(8)))
        while not web.other:
            web.step()
        check(web.other.pop() == (UNKNOWN, bytes([kind]) + bytes(7)), f"{what} about the connection: UNKNOWN_TYPE")
    web.send(begin(9, role=AUTHORIZER))
    check(web.end(9)[1] == UNKNOWN_ROLE, "an authorizer is asked for: UNKNOWN_ROLE")
    web.send(record(STDIN, 55, b"nobody's") + record(PARAMS, 56, b"nobody's") + record(ABORT, 57) + record(8, 7, b"data"))
    web.send(begin(8) + stream(PARAMS, 8, params("GET", "/", HTTP_COOKIE="x" * 20000)))
    check(web.end(8)[0] == 431, "20,000 octets of parameters: 431; and what belongs to no request was ignored")


def carrier(web):
    """Both halves of a session on one connection."""
    path = f"/homeward/home/{os.urandom(16).hex()}"
    payloads = [esp(os.urandom(n)) for n in (32, 500, 1400)]
    web.send(whole(1, "GET", f"{path}/down"))
    for octet in begin(2) + stream(PARAMS, 2, params("POST", f"{path}/up"), 7, 3) + stream(STDIN, 2, prefixed(*payloads[:2]), 11, 200):
        web.send(bytes([octet]))
    check(web.end(2) == (204, COMPLETE), "POST up in records of a few octets, padded, each octet by itself: 204")
    body = web.body(1, len(prefixed(*payloads[:2])))
    check(unprefixed(body) == payloads[:2], "the GET of the same connection gets the datagrams")
    web.send(whole(3, "POST", f"{path}/up", prefixed(payloads[2])))
    check(web.end(3)[0] == 204 and unprefixed(web.body(1, len(prefixed(*payloads)))) == payloads, "and those of the next POST")
    web.send(record(ABORT, 1))
    check(web.end(1)[1] == COMPLETE, "the web server aborts it: it ends")
    web.send(whole(4, "POST", f"{path}/up", b"\xff\xff" + bytes(3000)))
    check(web.end(4)[0] == 400, "a datagram that says 65,535 octets: 400")


def overload(web):
    path = f"/homeward/home/{os.urandom(16).hex()}"
    for n in range(REQUESTS):
        web.send(begin(100 + n) + record(PARAMS, 100 + n, params("POST", f"{path}/up")[:20]))
    web.send(begin(999))
    check(web.end(999)[1] == OVERLOADED, f"{REQUESTS} requests at a time, one more: OVERLOADED")
    for n in range(REQUESTS):
        web.send(record(ABORT, 100 + n))
    check(all(web.end(100 + n)[1] == COMPLETE for n in range(REQUESTS)), "all of them aborted")
    web.send(whole(5, "GET", "/generate_204"))
    check(web.end(5) == (204, COMPLETE), "and there is room again")


def malformed(mux):
    for what, octets in (("version 2", record(BEGIN, 1, bytes(8), version=2)), ("no FastCGI", b"GET / HTTP/1.1\r\n\r\n"),
                         ("a request begins twice", begin(1) + begin(1)),
                         ("a BEGIN_REQUEST of two octets", record(BEGIN, 1, b"\0\1")),
                         ("a BEGIN_REQUEST of 60,000 octets", record(BEGIN, 1, bytes(60000))),
                         ("GET_VALUES of 60,000 octets", record(GET_VALUES, 0, bytes(60000)))):
        web, before = Web(mux), len(mux.log())
        web.send(octets)
        out = web.conn.ends()
        check(out is not None and len(mux.log()) - before <= 1, f"{what}: closed, {len(mux.log()) - before} lines in the log")
        web.conn.close()
    for octets in (b"\1", begin(1)[:12], begin(1) + record(PARAMS, 1, bytes(5000))[:100], whole(1, "GET", "/homeward/home/" + "a" * 32 + "/down")):
        web = Web(mux)
        web.send(octets)
        web.conn.close()
    check(True, "four web servers vanished in the midst of records")
    web = Web(mux)
    web.send(whole(1, "GET", "/", keep=False))
    check(web.end(1)[0] == 404 and web.conn.ends() == b"", "without KEEP_CONN the connection ends with the answer")


def scene(lab):
    mux = MuxLab(lab, start=False)
    mux.set("listen", f"https://{MUX4}:443, http://{MUX4}:80, fcgi://{MUX4}:9000")
    mux.start()
    mux.watch_others()
    half, web = Web(mux), Web(mux)
    half.send(begin(1) + record(PARAMS, 1, params("GET", "/")[:20]))
    pages(web)
    carrier(web)
    overload(web)
    malformed(mux)
    carrier(web)
    check(True, "the first connection has gone on through all of it")
    check(half.conn.ends() == b"", "a request whose parameters never end: closed")
    mux.answers()
    mux.bystander.undisturbed()


if __name__ == "__main__":
    main(scene)
