#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Plain requests at the multiplexer: one reader a session, answers held and ended, requests behind a held one, cuts and
pieces of every size.

    client (hand-made requests) -----------+-- mux (https, http) --+-- target: echo
    other (bystander, through everything) -+
"""
import os
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from muxkit import MuxLab, exchange
from muxwire import Plain, esp, prefixed, request, reset, unprefixed
from netlab import wait_until
from scenekit import check, main


def path():
    return f"/homeward/home/{os.urandom(16).hex()}"


def post(at, body, *fields):
    return request(f"POST {at}/up", f"Content-Length: {len(body)}", *fields, body=body)


def chunks(conn, n):
    """Datagrams of a held answer until there are n of them."""
    got = b""
    while len(unprefixed(got)) < n:
        got += conn.chunk()
    return unprefixed(got)


def one_reader(mux):
    t = mux.plain(tls=False)
    exchange(t)
    second = mux.connect(tls=False)
    second.send(request(f"GET {t.path}/down"))
    check(second.head().status == 200 and t.down.chunk() == b"", "a second GET of a session: the first one ends, in an orderly way")
    t.send(esp(b"for the second"))
    check(chunks(second, 1) == [esp(b"for the second")], "and the second one gets what comes")
    t.down.send(request(f"GET {t.path}/down"))
    check(t.down.head().status == 200 and second.chunk() == b"", "the connection of the first one asks again: likewise")
    t.send(esp(b"for the first"))
    check(chunks(t.down, 1) == [esp(b"for the first")], "and gets what comes")
    second.close()
    t.close()


def behind(mux):
    """Requests that wait behind a held one, on its connection."""
    at = path()
    conn, up = mux.connect(tls=False), mux.connect(tls=False)
    conn.send(request(f"GET {at}/down?wait=0") + request("GET /generate_204") + post(at, prefixed(esp(b"third"))))
    check(conn.head().status == 200, "GET down?wait=0 with two requests behind it")
    check(up.ask(post(at, prefixed(esp(b"one"), esp(b"two"))))[0].status == 204, "    POST up by another connection")
    got = b""
    while part := conn.chunk():
        got += part
    check(esp(b"one") in unprefixed(got), "    the first datagram ends the answer")
    check(conn.head().status == 204 and conn.head().status == 204, "    then those behind it are answered, in order")
    conn.send(request(f"GET {at}/down") + b"X" * 200_000)
    check(conn.head().status == 200, "GET down with 200,000 octets of noise behind it: held")
    check(up.ask(post(at, prefixed(esp(b"more"))))[0].status == 204, "    and POST up goes on")
    while esp(b"more") not in unprefixed(conn.chunk()):
        pass
    check(True, "    and so does what comes")
    conn.close()
    up.close()


def old_http(mux):
    at = path()
    conn, up = mux.connect(tls=False), mux.connect(tls=False)
    conn.send(f"GET {at}/down?wait=50 HTTP/1.0\r\n\r\n".encode())
    head = conn.head()
    check(head.status == 200 and not head.get("transfer-encoding") and not head.get("content-length"), "HTTP/1.0: GET down without chunks")
    body = prefixed(esp(b"old but good"))
    up.send(f"POST {at}/up HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    check(up.head().status == 204 and up.ends() == b"", "    POST up, and the connection ends")
    check(unprefixed(conn.ends()) == [esp(b"old but good")], "    ended 50 ms after the first datagram by closing")


def pieces(mux):
    t = mux.plain()
    payloads = [esp(os.urandom(n)) for n in (1400, 32, 700)]
    body = prefixed(*payloads)
    t.up.send(request(f"POST {t.path}/up", f"Content-Length: {len(body)}"))
    for n in range(0, len(body), 13):
        t.up.send(body[n:n + 13])
    check(t.up.head().status == 204 and [t.recv() for _ in payloads] == payloads, "a body in pieces of 13 octets: whole datagrams")
    t.up.send(request(f"POST {t.path}/up", "Transfer-Encoding: chunked"))
    for n in range(0, len(body), 99):
        part = body[n:n + 99]
        t.up.send(f"{len(part):x};ext=1\r\n".encode() + part + b"\r\n")
    check([t.recv() for _ in payloads] == payloads, "chunks of 99 octets: datagrams go out before the body ends")
    t.up.send(b"0\r\n\r\n")
    check(t.up.head().status == 204, "    and it is answered when it does")
    t.up.send(b"".join(post(t.path, prefixed(esp(bytes([n]) * 40))) for n in range(50)))
    check([t.up.head().status for _ in range(50)] == [204] * 50, "fifty POSTs in one segment: fifty answers")
    check([t.recv() for _ in range(50)] == [esp(bytes([n]) * 40) for n in range(50)], "    their datagrams in order")
    head, _ = t.up.ask(post(t.path, prefixed(b"cut")[:-1]))
    check(head.status in (204, 400), f"a body that ends within a datagram: {head.status}")
    t.send(esp(b"whole"))
    check(t.recv() == esp(b"whole"), "    and the next one is read from its start")
    head, _ = t.up.ask(post(t.path, b"\0\0" + prefixed(esp(b"x")) + b"\0\0"))
    check(head.status == 204 and t.recv() == esp(b"x"), "datagrams of no octets are fillers")
    t.close()


def cuts(mux):
    """Connections that vanish; the session stays."""
    t = mux.plain(tls=False)
    exchange(t)
    t.up.send(request(f"POST {t.path}/up", "Content-Length: 1000", body=prefixed(esp(b"before the cut")) + b"\x01"))
    check(t.recv() == esp(b"before the cut"), "a POST that is cut in its midst: what was whole has gone")
    reset(t.up)
    reset(t.down)
    t.up, t.down = mux.connect(tls=False), mux.connect(tls=False)
    t.get()
    exchange(t)
    check(True, "both connections reset: the session goes on over new ones")
    t.up.send(request(f"HEAD {t.path}/down"))
    check(t.up.head().status == 405, "HEAD of it: 405, and nobody's GET is ended")
    exchange(t)
    t.close()


def mine(n):
    return esp(f"mine {n}".encode())


def strangers(mux):
    """Who does not know the session's name gets nothing of it."""
    t = mux.plain(tls=False)
    other = Plain(mux.connect(tls=False), mux.connect(tls=False), "home")
    for n in range(20):
        t.send(mine(n))
    got = [t.recv() for _ in range(20)]
    other.send(esp(b"theirs"))
    check(got == [mine(n) for n in range(20)] and other.recv() == esp(b"theirs"), "two sessions: each has its own")
    before = mux.status()["tunnels"]["plain"]
    t.down.close()
    t.up.close()
    other.close()
    wait_until(lambda: mux.status()["connections"] <= 1 + 8, "their connections to be gone")
    check(mux.status()["tunnels"]["plain"] == before, "sessions outlive their connections")


def scene(lab):
    mux = MuxLab(lab)
    one_reader(mux)
    behind(mux)
    old_http(mux)
    pieces(mux)
    cuts(mux)
    strangers(mux)
    mux.answers()
    mux.bystander.undisturbed()


if __name__ == "__main__":
    main(scene)
