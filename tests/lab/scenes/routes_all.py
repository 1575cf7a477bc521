#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""routes = all: everything goes through home, but for the carrier's own packets; down puts it back.

    web 203.0.113.66 -- [inet] -- [cafe NAT] 10.1.0.0/24 -- laptop
                          |
    lan, home (NAT to 203.0.113.2)
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import wait_until
from pcap import packets
from scenekit import HOME4, Play, check, main, ping
from topology import WEB4


def scene(lab):
    play = Play(lab, up=False, client_keys={"routes": "all"})
    web = play.world.web()
    routes = play.laptop.host.run("ip route").stdout
    rules = play.laptop.host.run("ip rule").stdout
    play.client.up()
    seen, outer = web.capture("eth0", "icmp"), play.laptop.host.capture("wan0", "ip")
    check(ping(play.laptop.host, WEB4), "a host in the internet is reached")
    wait_until(lambda: "203.0.113.2 > 203.0.113.66" in web.run(["tcpdump", "-nr", seen.pcap]).stdout, "its ping at the web host")
    check("203.0.113.18" not in web.run(["tcpdump", "-nr", seen.pcap]).stdout, "it saw home's address and not the visited network's")
    check(ping(play.lan, play.client.address), "home still reaches the client")
    outer.stop()
    text = play.laptop.host.run(["tcpdump", "-nr", outer.pcap, "not udp"]).stdout
    sent = {p.dst for p in packets(outer.pcap) if p.src.startswith("10.1.")}
    check(sent == {HOME4} and WEB4 not in text, "on the uplink: packets to the home server and to nobody else")
    play.laptop.move("wan0", "airport")
    play.client.wait_path(play.laptop.address())
    check(ping(play.laptop.host, WEB4), "after a move it is reached through home again")
    play.laptop.move("wan0", "cafe")
    play.client.wait_path(play.laptop.address())
    play.client.down()
    after = play.laptop.host.run("ip route").stdout
    check(sorted(after.split("\n")) == sorted(routes.split("\n")) and play.laptop.host.run("ip rule").stdout == rules,
          "down puts routes and rules back as they were")


if __name__ == "__main__":
    main(scene)
