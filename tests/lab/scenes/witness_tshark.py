#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A dissector that knows Mobile IP reads our registrations, and finds no identity in them.

    lan, home -- [inet, where the capture is] -- [cafe NAT], [airport NAT], open -- laptop, three visits
"""
import re
import socket
import subprocess
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import LabError, wait_until
from pcap import frames, packets, registrations
from scenekit import LAN_HOST4, Play, check, fact, main, ping, tshark

VISITS = ("cafe", "airport", "open")
MIP = "udp[8] = 1 or udp[8] = 3"


def visit(play, site):
    """Register there, carry some traffic, leave."""
    play.laptop.move("wan0", site)
    play.client.up()
    if not (ping(play.lan, play.client.address) and ping(play.laptop.host, LAN_HOST4)):
        raise LabError(f"no traffic at {site}")
    play.client.call("roam")
    play.client.wait_state("registered")
    play.client.down()


def mobile_ip_only(lab, pcap):
    """The registration messages alone, decoded as Mobile IP whatever the port."""
    out = pcap + ".mip"
    subprocess.run(["tcpdump", "-r", pcap, "-w", out, MIP], check=True, capture_output=True)
    return out


def decoded(pcap, *args):
    return tshark(pcap, "-d", "udp.port==4500,mip", "-d", "udp.port==434,mip", *args)


def dissected(lab, pcap):
    only = mobile_ip_only(lab, pcap)
    lines = decoded(only, "-T", "fields", "-e", "frame.number", "-e", "mip.type").splitlines()
    kinds = [line.split("\t")[1] for line in lines]
    check(kinds.count("1") >= 3 and kinds.count("3") >= 3 and set(kinds) == {"1", "3"},
          f"tshark reads {kinds.count('1')} requests and {kinds.count('3')} replies as Mobile IP")
    wrong = decoded(only, "-Y", "_ws.malformed || _ws.expert.severity == error")
    check(not wrong.strip(), "none has a malformed field")
    text = decoded(only, "-V")
    fact("extensions seen: " + ", ".join(sorted(set(re.findall(r"Extension Type: ([^(\n]+) \(", text)))))
    return only


def no_identity(play, pcap):
    secret = {"the user's name": b"alice", "the realm": b"example.net", "the home address as text": play.client.address.encode(),
              "the home address in octets": socket.inet_aton(play.client.address),
              "KEY0": bytes.fromhex(play.client.get("key")),
              "the uplink's layer-2 address": bytes.fromhex(play.laptop.host.mac("wan0").replace(":", ""))}
    everything = b"".join(p.payload for p in packets(pcap))
    check(len(everything) > 1000, f"{len(everything)} octets of UDP payload, {sum(1 for _ in frames(pcap))} frames")
    for what, octets in secret.items():
        check(octets not in everything and octets.upper() not in everything, f"{what} is in none of them")


def spi_of(payload):
    """SPI of the mobile-home authentication extension (type 32)."""
    at = 24
    while at + 2 <= len(payload):
        kind = payload[at]
        length = payload[at + 1] + 2 if kind != 38 else int.from_bytes(payload[at + 2:at + 4], "big") + 4
        if kind == 32:
            return int.from_bytes(payload[at + 2:at + 6], "big")
        at += length
    raise LabError("a request without mobile-home authentication")


def ends(p):
    """The last that a visit sends: a request with lifetime 0."""
    return p.payload[2:4] == b"\0\0"


def no_spi_twice(pcap):
    by_visit = {}
    for p in registrations(pcap):
        by_visit.setdefault(p.src, set()).add(spi_of(p.payload))
    esp = {}
    for p in packets(pcap):
        if p.payload[:1] > b"\x1f" and p.payload[0] != 0xff:
            esp.setdefault(p.src if p.dst == "203.0.113.2" else p.dst, set()).add(p.payload[:4])
    for what, seen in (("registration", by_visit), ("ESP", esp)):
        spis = [s for one in seen.values() for s in one]
        check(len(seen) == len(VISITS) and len(spis) == len(set(spis)), f"{what} SPIs of {len(seen)} visits: {len(spis)}, none in two of them")


def scene(lab):
    play = Play(lab, site=None, up=False)
    play.laptop.plug("wan0", None)
    capture = play.world.inet.capture("home", "ip")
    for site in VISITS:
        visit(play, site)
    wait_until(lambda: len({p.src for p in registrations(capture.pcap) if ends(p)}) == len(VISITS), "all visits in the capture")
    capture.stop()
    dissected(lab, capture.pcap)
    no_identity(play, capture.pcap)
    no_spi_twice(capture.pcap)


if __name__ == "__main__":
    main(scene)
