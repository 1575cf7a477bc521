#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A relay on the visited network advertises itself (RFC 5944 2): a client there finds it and, if its profile says so, prefers it.

    lan, home -- [fw] -- DMZ 192.168.60.0/24 -- relay, advertises on eth0
                                             \\- laptop, on the same link
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dmz import RELAY_DMZ4, RelayPlay
from netlab import wait_until
from scenekit import LAN_HOST4, TwoWay, check, main, ping, tshark
from topology import Site, SITES

SITES["dmz"] = Site("dmz", "192.168.60.", 24, 1, first_host=70)


def fields(pcap, which):
    return tshark(pcap, "-Y", "icmp.type == 9", "-T", "fields", *sum((["-e", f] for f in which), [])).splitlines()


def advertisements(play, pcap):
    wait_until(lambda: len(fields(pcap, ["icmp.mip.seq"])) >= 3, "three advertisements")
    rows = [line.split("\t") for line in fields(pcap, ["ip.src", "ip.ttl", "icmp.mip.seq", "icmp.mip.r", "icmp.mip.f", "icmp.mip.life",
                                                       "icmp.mip.coa", "_ws.malformed"])]
    check(all(r[0] == RELAY_DMZ4 and r[1] == "1" for r in rows), "tshark: agent advertisements from the relay, TTL 1")
    seqs = [int(r[2]) for r in rows]
    check(seqs == sorted(seqs) and len(set(seqs)) == len(seqs), f"sequence numbers rise: {seqs[:5]}")
    check(all(r[3] in ("1", "True") and r[4] in ("1", "True") for r in rows), "R and F are set")
    check(all(r[6] == RELAY_DMZ4 and not r[7] for r in rows), "its care-of address, nothing malformed")


def scene(lab):
    play = RelayPlay(lab, site=None, up=False, direct=True, relay_keys={"advertise": "eth0", "advertise_interval": "1"},
                     client_keys={"relay": "advertised"})
    play.world.sites["dmz"] = SITES["dmz"]
    play.world.fw.nft("insert rule ip hw forward iifname dmz oifname lan ip daddr 192.168.50.2 udp dport { 434, 4500 } accept\n"
                      "insert rule ip hw forward iifname lan oifname dmz udp sport { 434, 4500 } accept\n"
                      "add rule ip hw pre iifname dmz ip daddr 203.0.113.3 udp dport { 434, 4500 } dnat to 192.168.50.2\n")
    play.laptop.plug("wan0", "dmz")
    capture = play.laptop.host.capture("wan0", "icmp")
    play.client.up()
    play.wait_kind("relay")
    path = play.client.status()["path"]
    check(path["agent"] == "dmz1" and path["remote"].startswith(RELAY_DMZ4), f"found by itself and preferred: {path['agent']} at {path['remote']}")
    check(ping(play.laptop.host, LAN_HOST4), "home is reached by it")
    advertisements(play, capture.pcap)
    asked = tshark(capture.pcap, "-Y", "icmp.type == 10").splitlines()
    check(asked, "the client solicited when it came")
    streams = TwoWay(play)
    play.relay.proc.stop()
    play.wait_kind("direct")
    streams.flow(300)
    streams.stop()
    check(ping(play.laptop.host, LAN_HOST4), "the relay says goodbye: directly")


if __name__ == "__main__":
    main(scene)
