#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""IP-in-IP from a stranger in the DMZ, and with inner headers that lie: counted, and nothing comes of it.

    lan, home -- [fw, lets the stranger's protocol 4 in for this] -- DMZ -- relay, stranger (scapy)
"""
import os
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from scapy.layers.inet import IP, UDP, fragment
from scapy.packet import Raw

from dmz import RELAY4, RELAY_DMZ4, STRANGER4, RelayPlay
from netlab import wait_until
from scenekit import TwoWay, check, describe, main
from topology import HOME_LAN4

SENDER = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for line in sys.stdin:
    to, octets = line.split()
    s.sendto(bytes.fromhex(octets), (to, 0))
"""


def send(host, packets):
    """From that host, as they are."""
    lines = "".join(f"{p.dst} {bytes(p).hex()}\n" for p in packets)
    host.run(["/usr/bin/python3", "-c", SENDER], stdin=lines)


def inner(src, dst, sport=4500, dport=4500, payload=None, **changes):
    return IP(src=src, dst=dst, **changes) / UDP(sport=sport, dport=dport) / Raw(payload or b"\x40" + os.urandom(99))


def lies(me, peer, port):
    """Packets from `me` to `peer` with the right outer header and something wrong inside."""
    def outer(x):
        return IP(src=me, dst=peer, proto=4) / x
    good = inner(me, peer, sport=4500 if port else 5000, dport=port or 4500)
    cut = bytes(good)
    yield "another inner source", outer(inner("10.0.0.1", peer, dport=port or 4500))
    yield "another inner destination", outer(inner(me, "10.0.0.1", dport=port or 4500))
    yield "an inner fragment", outer(inner(me, peer, dport=port or 4500, flags="MF"))
    yield "an inner TTL of 0", outer(inner(me, peer, dport=port or 4500, ttl=0))
    yield "an inner length beyond the end", outer(inner(me, peer, dport=port or 4500, len=900))
    yield "an inner header checksum that is wrong", outer(inner(me, peer, dport=port or 4500, chksum=0x1234))
    yield "TCP inside", outer(IP(src=me, dst=peer, proto=6) / Raw(bytes(60)))
    yield "IPv6 inside", outer(Raw(b"\x60" + bytes(59)))
    yield "half an inner header", outer(Raw(cut[:12]))


def counted(status, key):
    return status()["counters"][key]


def forged(play, host, who, me, peer, status, port):
    for what, packet in lies(me, peer, port):
        before = counted(status, "bad_ipip")
        send(host, [packet])
        wait_until(lambda b=before: counted(status, "bad_ipip") > b, f"{who} to count: {what}")
    check(True, f"{who}: lying inner headers are counted and dropped, each kind")


def scene(lab):
    play = RelayPlay(lab)
    stranger = play.world.stranger()
    play.world.lan.ip("route add 192.168.60.0/24 via 192.168.50.1")
    play.world.fw.nft(f"insert rule ip hw forward ip saddr {{ {STRANGER4}, 192.168.50.77 }} accept\n")
    streams = TwoWay(play)
    port = play.relay.status()["visitors"][0]["port"]

    def home():
        return play.server.status()

    def relay():
        return play.relay.status()

    send(stranger, [IP(src=STRANGER4, dst=HOME_LAN4, proto=4) / inner(STRANGER4, HOME_LAN4) for _ in range(50)])
    wait_until(lambda: home()["counters"]["not_of_relays"] >= 50, "home to count the stranger's packets")
    check("which is not a configured relay" in play.server.proc.text(), "home: a stranger's IP-in-IP is counted, and said")
    send(stranger, [IP(src=STRANGER4, dst=RELAY_DMZ4, proto=4) / inner(STRANGER4, RELAY_DMZ4, dport=port) for _ in range(50)])
    wait_until(lambda: relay()["counters"]["not_from_home"] >= 50, "the relay to count the stranger's packets")
    check(True, "relay: a stranger's IP-in-IP is counted")
    forged(play, stranger, "home", RELAY_DMZ4, HOME_LAN4, home, 0)
    forged(play, play.world.lan, "relay", HOME_LAN4, RELAY_DMZ4, relay, port)
    replies = [IP(src=HOME_LAN4, dst=RELAY_DMZ4, proto=4) / inner(HOME_LAN4, RELAY_DMZ4, dport=port, payload=bytes([3, 0, 2, 88]) + os.urandom(300))
               for _ in range(20)]
    before = relay()["counters"]["bad_replies"]
    send(play.world.lan, replies)
    wait_until(lambda: relay()["counters"]["bad_replies"] >= before + 20, "the relay to refuse forged replies")
    check(relay()["n_visitors"] == 1, "forged replies make no visitor")
    whole = IP(src=RELAY_DMZ4, dst=HOME_LAN4, proto=4, id=77) / inner(RELAY_DMZ4, HOME_LAN4, payload=b"\x40" + bytes(1800))
    send(stranger, fragment(whole, fragsize=800)[:1])
    streams.flow(300)
    for direction, s in zip(("up", "down"), streams.stop()):
        check(s["lost"] == 0 and s["duplicated"] == 0, describe(direction, s))
    check(RELAY4 and play.client.status()["path"]["kind"] == "relay", "the client has noticed nothing")


if __name__ == "__main__":
    main(scene)
