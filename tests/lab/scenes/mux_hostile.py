#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the internet sends to a web server: slow heads, malformed and smuggled requests, TLS garbage, clients that never
read, ten thousand connections.  Each gets the right answer or is closed, one line in the log says why, and nobody else
notices.

    client (hand-made requests) -----------+
    crowd (10,000 connections) ------------+-- mux (https, http) --+-- target: echo, flood
                                               a second one, which gets nothing else
    other (bystander, through everything) -+
"""
import contextlib
import os
import random
import socket
import sys
import threading
import time
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from muxkit import MUX4, PYTHON, TARGET4, MuxLab, exchange
from muxwire import PING, ConnectUdp, Plain, WebSocket, cu_request, esp, request, ws_frame, ws_request
from netlab import HERE, PATIENCE_S, LabError, wait_until
from scenekit import check, fact, main

SESSION = "0123456789abcdef" * 2
UP = f"POST /homeward/home/{SESSION}/up"
HOST = b"Host: mux.example.net\r\n"
CROWD4, CROWD = "192.0.2.4", 10_000
ONE_BY_ONE = 2000
PER_SOURCE = 256        # connections of one address, the default
GROWTH_KIB = 12 * 1024
MALFORMED = (  # what, octets, statuses that answer it
    ("a head of 9 KiB", request("GET /", f"Cookie: {'x' * 9000}"), 431),
    ("a hundred fields", request("GET /", *(f"X-{n}: 1" for n in range(100))), 431),
    ("a head of a million octets, sent all at once", request("GET /", f"Cookie: {'x' * 1000000}"), 431),
    ("a target of 600 octets", request("GET /" + "a" * 600), 414),
    ("a target of 100,000 octets", request("GET /" + "a" * 100000), (414, 431)),
    ("a body of a GiB", request("POST /", f"Content-Length: {1 << 30}"), 413),
    ("a body of 2^64 octets", request(UP, f"Content-Length: {1 << 64}"), (400, 413)),
    ("HTTP/2.0", b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 505), ("HTTP/3.1", b"GET / HTTP/3.1\r\n" + HOST + b"\r\n", (400, 505)),
    ("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 505)),
    ("no HTTP at all", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", 400), ("an unknown method", request("FROBNICATE /"), (400, 405, 501)),
    ("a NUL in a field", request("GET /", "X: a\0b"), 400), ("a control octet in a field", request("GET /", "X: a\x01b"), 400),
    ("lines that end in LF", b"GET / HTTP/1.1\n" + HOST.replace(b"\r", b"") + b"\n", 400),
    ("a bare CR", b"GET / HTTP/1.1\r\n" + HOST + b"X: a\rb: c\r\n\r\n", 400),
    ("a folded field", b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n", 400),
    ("a blank before the colon", b"GET / HTTP/1.1\r\n" + HOST + b"X : a\r\n\r\n", 400),
    ("a field without a name", b"GET / HTTP/1.1\r\n" + HOST + b": a\r\n\r\n", 400),
    ("no Host", request("GET /", host=None), 400), ("two Hosts", request("GET /", "Host: other.example"), 400),
    ("a target with a blank", b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("a chunk of 2^64 octets", request(UP, "Transfer-Encoding: chunked", body=b"1" + b"0" * 16 + b"\r\n"), (400, 413)),
    ("a chunk whose length is none", request(UP, "Transfer-Encoding: chunked", body=b"xyz\r\n"), 400),
)
SMUGGLED = b"GET /generate_204 HTTP/1.1\r\n" + HOST + b"\r\n"
CONFLICTS = (  # fields that say a length in two ways
    ("Content-Length and chunked", ("Content-Length: 5", "Transfer-Encoding: chunked"), 400),
    ("chunked and Content-Length", ("Transfer-Encoding: chunked", "Content-Length: 5"), 400),
    ("two lengths", ("Content-Length: 5", "Content-Length: 0"), 400), ("a list of lengths", ("Content-Length: 5, 0",), 400),
    ("the same length twice", ("Content-Length: 5", "Content-Length: 5"), 400),
    ("+5", ("Content-Length: +5",), 400), ("-1", ("Content-Length: -1",), 400), ("0x5", ("Content-Length: 0x5",), 400),
    ("5 5", ("Content-Length: 5 5",), 400), ("an empty length", ("Content-Length: ",), 400),
    ("chunked twice", ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), 400),
    ("chunked, identity", ("Transfer-Encoding: chunked, identity",), (400, 501)),
    ("xchunked", ("Transfer-Encoding: xchunked",), (400, 501)), ("gzip, chunked", ("Transfer-Encoding: gzip, chunked",), (400, 501)),
    ("a tab before chunked's colon", ("Transfer-Encoding\t: chunked",), 400),
    ("chunked after a vertical tab", ("Transfer-Encoding: \x0bchunked",), (400, 501)),
)
PATHS = ("/homeward/../home", "/homeward/%2e%2e/home", "/homeward/..%2fhome", "/homeward/%2fetc%2fpasswd", "/homeward/home%00",
         "/homeward/home/../silent", "/homeward//home", "/homeward/home/", "/homeward/HOME", "/homeward/hom", "/homeward/homee",
         "/homeward/%", "/homeward/%zz", "/homeward/" + "a" * 300, "/homeward/192.0.2.10:4500",
         "//homeward/home", "/homeward/home\\..\\x", "/homeward/home;x", "/../../../../etc/passwd", "*", "/.well-known/masque/udp/../home/4500/",
         "/.well-known/masque/udp/%2e%2e/4500/", "/.well-known/masque/udp/home%2f4500/")
SESSIONS = ("..", "%2e%2e", "a" * 400, "%00", "a%2fb", "a/b", "a b".replace(" ", "%20"), "")


def no_other_udp(mux):
    mux.host.nft(f"""table inet witness {{
        counter astray {{ }}
        chain out {{
            type filter hook output priority 0;
            ip daddr != {TARGET4} meta l4proto udp counter name astray
            udp dport != 4500-4504 counter name astray
        }}
    }}""")


class Quiet:
    """A multiplexer that gets nothing else, and whose log has one line for each bad input.  Lines that strangers can
    cause are limited: so many at once, then so many a second; no more is sent than that."""

    AT_ONCE, PER_S = 20, 2

    def __init__(self, mux):
        self.mux, self.count, self.left, self.at = mux, 0, self.AT_ONCE, time.monotonic()
        self.first = len(mux.log())

    def lines(self):
        return self.mux.log()[self.first:]

    @contextlib.contextmanager
    def one(self, what, words):
        """One bad input."""
        time.sleep(max(0, (1.2 - self.left) / self.PER_S - (time.monotonic() - self.at)))
        now = time.monotonic()
        self.left, self.at = min(self.AT_ONCE, self.left + self.PER_S * (now - self.at)) - 1, now
        yield
        self.count += 1
        wait_until(lambda: len(self.lines()) >= self.count, f"a line in the log for {what}")
        check(len(self.lines()) == self.count and words in self.lines()[-1],
              f"    {' and '.join(self.lines()[self.count - 1:])}")


def malformed(quiet):
    mux = quiet.mux
    for what, octets, status in MALFORMED:
        with quiet.one(what, "a request is refused: "):
            mux.refused(what, octets, status)
    too_long = request(UP, "Content-Length: 60002", body=b"\xea\x60" + bytes(60000))
    with quiet.one("a datagram too long", "datagrams of a request are refused: "):
        mux.refused("a datagram of 60,000 octets in a POST", too_long, (400, 413), closes=False)
    mux.bystander.goes_on()


def smuggled(quiet):
    """The request behind must never be answered as one."""
    mux = quiet.mux
    for what, fields, status in CONFLICTS:
        octets = request(UP, *fields, body=b"0\r\n\r\n" + SMUGGLED)
        with quiet.one(what, "a request is refused: "):
            conn = mux.connect(tls=False)
            conn.send(octets)
            head = conn.head()
            rest = conn.ends()
            conn.close()
        allowed = status if isinstance(status, tuple) else (status,)
        check(head.status in allowed and rest is not None and b"204" not in rest.split(b"\r\n")[0] and b"HTTP/1.1 204" not in rest,
              f"a length in two ways: {what}: {head.status}, closed, what is behind is not answered")
    conn = mux.connect(tls=False)
    conn.send(request("GET /homeward/home", "Content-Length: 40", body=SMUGGLED[:40]) + SMUGGLED)
    first, body = conn.head(), None
    body = conn.body(first)
    rest = conn.ends(1) or b""
    check(first.status in (400, 404, 413, 426) and rest.count(b"HTTP/1.1 ") <= 1 and body is not None,
          f"a GET with a body: {first.status}, and the body is no request")
    conn.close()


def pipelined(mux):
    conn = mux.connect(tls=False)
    conn.send((request("GET /") + request("GET /generate_204")) * 50)
    got = []
    for _ in range(100):
        head = conn.head()
        conn.body(head)
        got.append(head.status)
    check(got == [404, 204] * 50, "a hundred requests in one segment: a hundred answers, in order")
    conn.send(request("GET /", "Connection: close") + request("GET /generate_204"))
    rest = conn.ends()
    check(rest is not None and rest.count(b"HTTP/1.1 ") == 1, "what follows a request with Connection: close is not answered")
    conn.close()


def reads_no_answer(mux):
    """Requests as fast as they are taken, no answer is ever read."""
    before, conn = mux.rss_kib(), mux.connect(tls=False)
    conn.sock.settimeout(1)
    batch, sent = request("GET /") * 500, 0
    try:
        while sent < 200 << 20:
            sent += conn.sock.send(batch)
    except (socket.timeout, ConnectionError):
        pass
    grown = mux.rss_kib() - before
    check(sent < 64 << 20 and grown < mux.most_kib(GROWTH_KIB), f"{sent >> 10} KiB of requests whose answers nobody reads, then no more is taken: {grown} KiB more memory")
    conn.close()
    mux.bystander.goes_on()


def paths(mux):
    for path in PATHS:
        head = mux.ask(ws_request().replace(b"/homeward/home", path.encode()), tls=False)
        if head.status not in (400, 404, 414):
            raise LabError(f"NOT SO: {path} answered {head.status}")
    check(True, f"{len(PATHS)} ways of writing a target that is none: 404 or 400")
    for session in SESSIONS:
        head = mux.ask(request(f"POST /homeward/home/{session}/up", "Content-Length: 3", body=b"\0\1x"), tls=False)
        if head.status not in (400, 404, 405, 414, 426):
            raise LabError(f"NOT SO: session {session!r} answered {head.status}")
    check(True, f"{len(SESSIONS)} ways of writing a session that is none: 404 or 400")
    for line in ("CONNECT 192.0.2.10:4500", "CONNECT mux.example.net:80", "GET http://192.0.2.10/", "OPTIONS *", "TRACE /"):
        head = mux.ask(request(line), tls=False)
        check(head.status in (204, 400, 404, 405, 501), f"{line}: {head.status}: no open proxy")
    check(mux.host.nft_counter("astray") == 0, "no datagram has left to anything but a target")


def garbage(quiet):
    mux, dice = quiet.mux, random.Random(4)
    for what, octets in (("random octets", dice.randbytes(3000)), ("HTTP in the clear", request("GET /")),
                         ("a record that says 65,535 octets", b"\x16\x03\x01\xff\xff" + bytes(100)), ("an alert", b"\x15\x03\x03\x00\x02\x02\x28"),
                         ("application data", b"\x17\x03\x03\x00\x20" + bytes(32)), ("SSLv2", b"\x80\x2e\x01\x00\x02" + bytes(43)),
                         ("a ClientHello of noise", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + dice.randbytes(506))):
        with quiet.one(what, "no connection: "):
            conn = mux.connect(port=mux.ports[1], tls=False)
            conn.send(octets)
            check(conn.ends() is not None, f"{what} at the TLS port: closed")
            conn.close()
    with quiet.one("TLS at the clear port", "a request is refused: "):
        conn = mux.connect(tls=False)
        conn.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + dice.randbytes(505))
        check(conn.ends() is not None, "a ClientHello at the clear port: closed")
        conn.close()
    check(len(quiet.lines()) == quiet.count, f"{quiet.count} bad inputs, {quiet.count} lines in the log")


def noise(mux):
    dice = random.Random(5)
    for n in range(100):
        conn = mux.connect(tls=False, port=443 if n % 2 else 80)
        try:
            conn.send(dice.randbytes(dice.randrange(1, 2000)))
        except ConnectionError:
            pass
        conn.close()
    wait_until(lambda: served(mux), "room for connections from there again")
    check(True, "a hundred connections of noise that close by themselves")
    mux.bystander.goes_on()


def served(mux):
    """False while too many came from there within a second."""
    try:
        return mux.ask(request("GET /generate_204"), tls=False).status == 204
    except (EOFError, ConnectionError):
        return False


class Slow(threading.Thread):
    """Clients that say one octet a quarter of a second, until the multiplexer has enough of each."""

    def __init__(self, mux, what, conns, begin, forever=b"x"):
        super().__init__(daemon=True)
        self.mux, self.what, self.conns, self.forever = mux, what, conns, forever
        self.began, self.closed = time.monotonic(), []
        self.over = threading.Event()
        for conn in conns:
            conn.send(begin)
            conn.sock.setblocking(False)
        self.start()

    def run(self):
        left = list(self.conns)
        while left and not self.over.wait(0.25):
            left = [c for c in left if not self.is_closed(c)]

    def is_closed(self, conn):
        try:
            if self.forever:
                conn.sock.send(self.forever)
            while conn.sock.recv(4096):
                pass
        except BlockingIOError:
            return False
        except OSError:
            pass
        self.closed.append(time.monotonic() - self.began)
        return True

    def end(self):
        self.join(PATIENCE_S)
        self.over.set()
        for conn in self.conns:
            conn.close()
        check(len(self.closed) == len(self.conns), f"{self.what}: {len(self.closed)} of {len(self.conns)} are closed, the last after {max(self.closed or [0]):.0f} s")


def slow(mux):
    def some(n, **how):
        return [mux.connect(tls=False, **how) for _ in range(n)]
    return [Slow(mux, "heads that never end", some(12), b"GET / HTTP/1.1\r\nX: "),
            Slow(mux, "nothing said at all", some(6), b"", b""),
            Slow(mux, "no TLS handshake", some(6, port=443), b"", b""),
            Slow(mux, "a body that never ends", some(6), request("POST /", "Content-Length: 30000")),
            Slow(mux, "datagrams that went wrong, and never end", some(3),
                 request(f"POST /homeward/home/{'5' * 32}/up", "Content-Length: 30000") + b"\xff\xff"),
            Slow(mux, "blank lines for ever", some(4), b"", b"\r\n")]


def pings(mux):
    """However many come, few answers are written."""
    ws, count = mux.websocket(tls=False), 200_000
    sender = threading.Thread(target=ws.conn.send, args=(ws_frame(b"", PING) * count + ws_frame(b"last", PING),), daemon=True)
    sender.start()
    answered = 1
    while ws.frame()[1] != b"last":
        answered += 1
    sender.join()
    check(answered < count / 10, f"{count} pings at full speed: {answered} pongs, the last of them to the last ping")
    ws.close()
    ws = mux.websocket(tls=False, receive=4096)
    before = mux.rss_kib()
    ws.conn.send(ws_frame(b"", PING) * count)
    exchange(mux.websocket(tls=False))
    grown = mux.rss_kib() - before
    check(grown < mux.most_kib(GROWTH_KIB), f"as many from a client that reads no answer: {grown} KiB more memory, and it is not cut off")
    ws.send(esp(b"still there"))
    while ws.frame()[1] != esp(b"still there"):
        pass
    ws.close()
    mux.bystander.goes_on()


def never_read(mux):
    """Tunnels to a target that sends at full speed, to clients that do not read."""
    before = mux.rss_kib()
    tunnels = [WebSocket(mux.connect(), "flood"), ConnectUdp(mux.connect(), "flood"), WebSocket(mux.connect(tls=False), "flood"),
               Plain(mux.connect(tls=False), mux.connect(tls=False), "flood")]
    for t in tunnels:
        t.send(esp(b"go"))
    worst = [0]

    def enough():
        worst[0] = max(worst[0], mux.rss_kib() - before)
        return mux.targets.sent("flood:4503") >= 300_000
    wait_until(enough, "300,000 datagrams towards clients that never read")
    check(worst[0] < mux.most_kib(GROWTH_KIB), f"four clients that never read, 300,000 datagrams of 1,200 octets for them: at most {worst[0]} KiB more memory")
    mux.bystander.goes_on()
    tunnels[-1].send(esp(b"stop"))       # its session outlives its connections by a minute
    for t in tunnels:
        t.close()
    wait_until(lambda: not flooding(mux), "the flood to end with its tunnels")
    fact("the clients go, their tunnels go with them: the target learns that nobody is there")
    fresh = mux.websocket()
    exchange(fresh)
    fresh.close()


def flooding(mux):
    before = mux.targets.sent("flood:4503")
    time.sleep(0.2)
    return mux.targets.sent("flood:4503") != before


def fds(mux):
    return len(os.listdir(f"/proc/{mux.proc.pid}/fd"))


def lines_allowed(began):
    """Several kinds of line, each limited."""
    return 4 * (Quiet.AT_ONCE + Quiet.PER_S * (time.monotonic() - began + 1))


def crowd(mux):
    host = mux.lab.host("crowd")
    mux.lan.plug(host, "eth0", "lan", f"{CROWD4}/24")
    before, lines, began = mux.rss_kib(), len(mux.log()), time.monotonic()
    proc = host.spawn([PYTHON, os.path.join(HERE, "tools", "manyconns.py"), MUX4, "80", str(CROWD), b"GET / HT".hex()], log="crowd")
    proc.wait_text("opened")
    mux.answers()
    mux.bystander.goes_on()
    wait_until(lambda: int(proc.text().split()[-1]) <= PER_SOURCE, "all but those that are allowed to be closed")
    fact(f"{CROWD} connections from one address: {proc.text().splitlines()[0]}, then {proc.text().splitlines()[-1].split(', ')[1]}")
    check(fds(mux) <= PER_SOURCE + 80, f"the multiplexer has {fds(mux)} descriptors open")
    grown, said = mux.rss_kib() - before, len(mux.log()) - lines
    check(grown < mux.most_kib(GROWTH_KIB) and said < lines_allowed(began), f"{grown} KiB more memory, {said} lines in the log")
    proc.stop()
    return host


def one_by_one(mux, host):
    """Noise, a connection for each."""
    lines, began = len(mux.log()), time.monotonic()
    code = (f"import socket\nfor n in range({ONE_BY_ONE}):\n try:\n  s = socket.create_connection(('{MUX4}', 80), 2)\n"
            "  s.send(b'GARBAGE\\r\\n\\r\\n')\n  s.close()\n except OSError:\n  pass\n")
    host.run([PYTHON, "-c", code], timeout=3 * PATIENCE_S)
    mux.answers()
    said = len(mux.log()) - lines
    check(said < lines_allowed(began), f"{ONE_BY_ONE} connections of garbage one after the other: {said} lines in the log")


def scene(lab):
    mux = MuxLab(lab)
    no_other_udp(mux)
    waiting, quiet = slow(mux), Quiet(mux.second())
    malformed(quiet)
    smuggled(quiet)
    garbage(quiet)
    pipelined(mux)
    paths(mux)
    noise(mux)
    reads_no_answer(mux)
    pings(mux)
    never_read(mux)
    one_by_one(mux, crowd(mux))
    for s in waiting:
        s.end()
    check(mux.ask(cu_request(), tls=True).status == 101, "the client that did all this may still have a tunnel")
    check(mux.host.nft_counter("astray") == 0, "no datagram has left to anything but a target")
    lines = mux.log() + quiet.lines()
    longest = max(len(line) for line in lines)
    check(longest < 400 and all(line.isprintable() for line in lines), f"{len(lines)} lines in the log, the longest has {longest} octets, all printable")
    mux.bystander.undisturbed()


if __name__ == "__main__":
    main(scene)
