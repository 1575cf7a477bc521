#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Home is killed and started again while clients behind one NAT do nothing but receive: home tells them, before they
have found out by themselves, and the LAN reaches all of them again.

    lan, home (killed) -- [inet] -- [cafe NAT] -- laptop 1 ... 5
"""
import signal
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import wait_until
from product import Client, Server
from scenekit import HOME4, World, check, fact, main, ping, tshark

CLIENTS = 5
NOTICE_LEN, NOTICE, REQUEST = 40, b"\x15\0\0\0", b"\x01"
KEEPALIVE_S = 3600      # nobody finds out by its own keepalive


def first_of_each(pcap, since):
    """{port of a client at the NAT: what came first after `since`, home's notice or the client's own registration}."""
    first = {}
    for line in tshark(pcap, "-Y", "udp && !icmp", "-T", "fields", "-e", "frame.time_epoch", "-e", "ip.src", "-e", "udp.srcport",
                       "-e", "udp.dstport", "-e", "udp.payload").splitlines():
        at, src, sport, dport, payload = line.split("\t")[:5]
        octets = bytes.fromhex(payload.replace(":", ""))
        if float(at) < since:
            continue
        if src == HOME4 and len(octets) == NOTICE_LEN and octets[:4] == NOTICE:
            first.setdefault(dport, "notice")
        elif src != HOME4 and octets[:1] == REQUEST:
            first.setdefault(sport, "registration")
    return first


def all_bound(server):
    return len(server.status()["bindings"]) == CLIENTS


def scene(lab):
    world = World(lab)
    server = Server(lab, world.home).init()
    server.set("keepalive", str(KEEPALIVE_S))
    clients = []
    profiles = [server.add(f"c{i}") for i in range(CLIENTS)]
    server.start()
    for i, profile in enumerate(profiles):
        laptop = world.laptop(f"laptop{i}")
        laptop.plug("wan0", "cafe")
        clients.append(Client(lab, laptop, profile, name=f"c{i}").up())
    check(all_bound(server) and all(ping(world.lan, c.address) for c in clients), f"{CLIENTS} clients behind one NAT are reached")
    for again in (1, 2):
        capture = world.home.capture("wan", "udp")
        killed = float(world.home.run(["date", "+%s.%N"]).stdout)
        server.kill(signal.SIGKILL)
        server.start()
        wait_until(lambda: all_bound(server), "all clients to be registered again")
        check(all(ping(world.lan, c.address) for c in clients), f"restart {again}: the LAN reaches all of them again")
        capture.stop()
        first = list(first_of_each(capture.pcap, killed).values())
        check(first == ["notice"] * CLIENTS, f"home told each before it registered: {first}")
        check(all(c.state() == "registered" for c in clients), "all clients say registered")
        fact(f"home's counters: {server.status()['counters']['notices_sent']} notices sent")


if __name__ == "__main__":
    main(scene)
