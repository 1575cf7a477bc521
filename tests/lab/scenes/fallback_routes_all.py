#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""routes = all over HTTPS: everything goes through home, but for the carrier's own connection.

    web 203.0.113.66 -- [inet] -- [hotel NAT] 10.2.0.0/24 -- laptop
                          |    -- [cafe NAT] ...... moves here and back
    lan, home and mux 203.0.113.2
"""
import socket
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, arrive
from netlab import wait_until
from pcap import frames
from scenekit import HOME4, check, main, ping
from topology import WEB4


def pairs(pcap):
    """(source, destination) of all IPv4 packets."""
    return {(socket.inet_ntoa(f[26:30]), socket.inet_ntoa(f[30:34])) for _, f in frames(pcap) if f[12:14] == b"\x08\x00"}


def scene(lab):
    play = MuxPlay(lab, client_keys={"routes": "all"})
    web = play.world.web()
    play.go("hotel")
    routes = play.laptop.host.run("ip route").stdout
    rules = play.laptop.host.run("ip rule").stdout
    arrive(play, "hotel", "https", method="connect-udp")
    seen, outer = web.capture("eth0", "icmp"), play.laptop.host.capture("wan0", "ip")
    check(ping(play.laptop.host, WEB4), "a host in the internet is reached")
    check(ping(play.lan, play.client.address), "home still reaches the client")
    play.go("cafe")
    play.wait_kind("direct")
    play.go("hotel")
    play.wait_kind("https")
    check(ping(play.laptop.host, WEB4), "after a move to the cafe and back it is reached through home again")
    both = {(HOME4, WEB4), (WEB4, HOME4)}
    wait_until(lambda: both <= pairs(seen.pcap), "the pings in the capture at the web host")
    wait_until(lambda: HOME4 in {dst for _, dst in pairs(outer.pcap)}, "the packets in the capture on the uplink")
    seen.stop()
    outer.stop()
    check(pairs(seen.pcap) == both, "it saw home's address and not the visited network's")
    sent = {dst for src, dst in pairs(outer.pcap) if src.startswith("10.")}
    on_link = {"10.1.0.1", "10.2.0.1", "224.0.0.2"}     # asked whether they are proxies, or relays
    check(HOME4 in sent and sent <= on_link | {HOME4}, f"on the uplink: to {', '.join(sorted(sent))}, nobody else")
    play.client.down()
    after = play.laptop.host.run("ip route").stdout
    check(sorted(after.split("\n")) == sorted(routes.split("\n")) and play.laptop.host.run("ip rule").stdout == rules,
          "down puts routes and rules back as they were")


if __name__ == "__main__":
    main(scene)
