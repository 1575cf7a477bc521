#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""connect-udp at the multiplexer, byte by byte (RFC 9298 3.2, RFC 9297 3.2): the request, 101, DATAGRAM capsules; what
must be skipped is skipped, what is wrong ends this tunnel and no other.

    client (Python over ssl) --------------+-- mux (https, http) --+-- target: echo, count
    other (bystander, through everything) -+
"""
import os
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from muxkit import MuxLab, exchange
from muxwire import ConnectUdp, capsule, cu_request, datagram, esp, request, reset, varint
from scenekit import check, main

PATH = "GET /.well-known/masque/udp"
FIELDS = ("Connection: Upgrade", "Upgrade: connect-udp", "Capsule-Protocol: ?1")
BIG = 300_000


def byte_by_byte(mux):
    """Nothing but octets that stand in the documents."""
    conn = mux.connect()
    conn.send(b"GET /.well-known/masque/udp/home/4500/ HTTP/1.1\r\nHost: mux.example.net\r\nConnection: Upgrade\r\n"
              b"Upgrade: connect-udp\r\nCapsule-Protocol: ?1\r\n\r\n")
    head = conn.head()
    check(head.octets.startswith(b"HTTP/1.1 101 ") and head.get("connection").lower() == "upgrade"
          and head.get("upgrade") == "connect-udp" and head.get("capsule-protocol") == "?1",
          "101, Connection: Upgrade, Upgrade: connect-udp, Capsule-Protocol: ?1")
    check(not head.get("content-length") and not head.get("transfer-encoding"), "    and no length of a body")
    least = bytes.fromhex("00 25 00 5a 5a 5a 5a 00 00 00 01") + b"sealed".ljust(28, b".")
    conn.send(least)
    check(conn.read(39) == least, "capsule 0, length 37, context 0, the least that is ESP: the same octets come back")
    conn.send(bytes.fromhex("00 40 65 00") + b"a" * 100)
    check(conn.read(104) == bytes.fromhex("00 40 65 00") + b"a" * 100, "a length of two octets, likewise")
    conn.close()


def good(mux, tls):
    t = mux.connect_udp(tls=tls)
    exchange(t, 36, 62, 63, 64, 1200, 1400, 1472)
    check(True, f"{'TLS' if tls else 'clear'}: datagrams of 36 to 1472 octets come back as they were")
    for octet in datagram(esp(b"dribble" * 20)):
        t.conn.send(bytes([octet]))
    check(t.recv() == esp(b"dribble" * 20), "a capsule in segments of one octet")
    t.conn.send(b"".join(datagram(esp(bytes([n]) * 40)) for n in range(40)))
    check([t.recv() for _ in range(40)] == [esp(bytes([n]) * 40) for n in range(40)], "forty capsules in one segment, in order")
    t.conn.send(varint(0, 8) + varint(44, 4) + varint(0, 8) + esp(b"x"))
    check(t.recv() == esp(b"x"), "integers in longer forms than they need (RFC 9000 16)")
    t.close()


def skipped(mux):
    """Tunnels go on behind what is not understood."""
    for what, octets in (("an unknown capsule", capsule(0x29 * 3 + 0x17, b"grease")),
                         ("an unknown capsule of 300,000 octets", capsule(0x1234567, os.urandom(BIG))),
                         ("an unknown capsule without a value", capsule((1 << 62) - 1, b"")),
                         ("context identifier 2", datagram(b"compressed", 2)),
                         ("context identifier 2^60", datagram(b"far away", 1 << 60)),
                         ("a datagram of 2000 octets, more than the way to the target takes", datagram(esp(bytes(1996)))),
                         ("a datagram of 2001 octets", datagram(bytes(2001))),
                         ("a datagram of 65,527 octets", datagram(bytes(65527))),
                         ("a datagram of 16 MiB", capsule(0, bytes(16 << 20))),
                         ("a datagram without octets", datagram(b""))):
        t = mux.connect_udp()
        t.conn.send(octets + datagram(esp(b"after")))
        check(t.recv() == esp(b"after"), f"{what}: skipped, the next one comes back")
        t.close()


def broken(mux):
    for what, octets in (("a DATAGRAM without a context identifier", capsule(0, b"")),
                         ("half a context identifier", capsule(0, b"\x40"))):
        t = mux.connect_udp()
        exchange(t, 50)
        before = len(mux.log())
        t.conn.send(octets)
        ended = t.conn.ends()
        check(ended == b"" and len(mux.log()) - before <= 1, f"{what}: closed, one line in the log")
        t.close()
    for cut in (b"\x00", b"\x00\x44", datagram(bytes(500))[:200], capsule(77, bytes(1000))[:30]):
        t = mux.connect_udp(tls=False)
        t.conn.send(cut)
        reset(t.conn)
    check(True, "four clients vanished in the midst of a capsule")


def endless(mux):
    """A capsule that says it has 2^62 - 1 octets: skipped as they come, nothing is kept of them."""
    t = mux.connect_udp()
    before = mux.rss_kib()
    t.conn.send(varint(99) + varint((1 << 62) - 1))
    for _ in range(64):
        t.conn.send(bytes(1 << 18))
    grown = mux.rss_kib() - before
    t.close()
    check(grown < mux.most_kib(2048), f"16 MiB of a capsule without end: {grown} KiB more memory")


def requests(mux):
    early = ConnectUdp(mux.connect(), early=datagram(esp(b"early")))
    check(early.recv() == esp(b"early"), "a capsule sent with the request itself comes back")
    early.close()
    t = ConnectUdp(mux.connect(), "%68ome")
    exchange(t, 40)
    t.close()
    check(True, "a target's name may be escaped: %68ome")
    t = ConnectUdp(mux.connect(), "count")
    t.send(esp(b"?"))
    check(t.recv() == b"1", "another target: another server")
    t.close()
    mux.refused("an unknown target", cu_request("nobody"), 404, closes=False)
    mux.refused("a target's address, not its name", cu_request("192.0.2.10"), 404, closes=False)
    mux.refused("no target", request(f"{PATH}//4500/", *FIELDS), (400, 404), closes=False)
    mux.refused("port 0", cu_request(port=0), (400, 404), closes=False)
    mux.refused("port 65536", cu_request(port=65536), (400, 404), closes=False)
    mux.refused("a port that is none", cu_request(port="ssh"), (400, 404), closes=False)
    mux.refused("by POST", cu_request().replace(b"GET", b"POST"), (400, 405), closes=False)
    mux.refused("without Upgrade", request(f"{PATH}/home/4500/"), 426, closes=False)
    mux.refused("Upgrade that Connection does not name", request(f"{PATH}/home/4500/", "Upgrade: connect-udp"), (400, 426), closes=False)
    mux.refused("another protocol", request(f"{PATH}/home/4500/", "Connection: Upgrade", "Upgrade: h2c"), (400, 426), closes=False)


def scene(lab):
    mux = MuxLab(lab)
    byte_by_byte(mux)
    good(mux, True)
    good(mux, False)
    skipped(mux)
    broken(mux)
    endless(mux)
    requests(mux)
    mux.answers()
    mux.bystander.undisturbed()


if __name__ == "__main__":
    main(scene)
