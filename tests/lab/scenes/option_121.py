#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A visited network's DHCP server hands out routes that are more specific than the tunnel's (RFC 3442, "TunnelVision"),
or a prefix that is: nothing that belongs into the tunnel leaves past it, whatever `routes` says.

    lan .20, home .2 -- 203.0.113.2 -- [inet] -- web 203.0.113.66
                                          |
              [cafe NAT] 10.1.0.1, and 192.168.50.17/29: dnsmasq with option 121 -- laptop, udhcpc
              has the LAN host's and the web host's addresses itself, and answers
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dhcp import DhcpClient, DhcpServer
from scenekit import LAN_HOST4, Play, check, main, ping
from topology import WEB4

GATEWAY = "10.1.0.1"
ROUTES = [(f"{LAN_HOST4}/32", GATEWAY), ("192.168.50.0/26", GATEWAY), (f"{WEB4}/32", GATEWAY), ("0.0.0.0/0", GATEWAY)]
ON_LINK = "192.168.50.17"


class Cafe:
    """The laptop in the cafe, by DHCP; what it sends to the hosts that the router plays is captured."""

    def __init__(self, play, first, last, mask, gateway, routes=()):
        self.play, self.host = play, play.laptop.host
        router = play.world.routers["cafe"]
        self.server = DhcpServer(play.lab, router, "lan", first, last, mask, gateway, routes)
        self.lease = DhcpClient(self.host, "wan0", self.server)

    def in_the_clear(self, what, *targets, extra=()):
        """Pings them, which the true ones answer through the tunnel."""
        capture = self.host.capture("wan0", "icmp")
        answered = all(ping(self.host, t, extra=extra) for t in targets)
        capture.stop()
        seen = self.host.run(["tcpdump", "-nr", capture.pcap]).stdout
        check(not seen, f"{what}: nothing in the clear {seen[:80]}".strip())
        check(answered, f"{what}: the true {' and '.join(targets)} answer through the tunnel")

    def leave(self):
        self.lease.stop()
        self.server.stop()
        self.host.ip("addr flush dev wan0")


def visit(play, routes, cafe, *targets, renew=False):
    play.client.set("routes", routes)
    play.client.up()
    cafe.in_the_clear(f"routes = {routes}", *targets)
    if renew:
        check(cafe.lease.renew(), "and the DHCP client renews its lease by unicast")
        cafe.in_the_clear("after that", *targets)
    if routes == "home":
        # From the permanent address, wherever it goes: home's network has a route to the web host.
        cafe.in_the_clear("from the permanent address", WEB4, extra=("-I", play.client.address))
    play.client.down()


def scene(lab):
    play = Play(lab, site=None, up=False)
    play.world.web()
    play.world.site("cafe")
    router = play.world.routers["cafe"]
    router.ip(f"addr add {LAN_HOST4}/32 dev lan", f"addr add {WEB4}/32 dev lan")
    play.world.panel.plug(play.laptop.host, "wan0", "cafe")
    cafe = Cafe(play, "10.1.0.60", "10.1.0.69", "255.255.255.0", GATEWAY, ROUTES)
    shown = play.laptop.host.run("ip route").stdout
    check(f"{LAN_HOST4} via {GATEWAY}" in shown and f"{WEB4} via {GATEWAY}" in shown,
          f"the laptop has taken the routes to {LAN_HOST4} and {WEB4}")
    visit(play, "home", cafe, LAN_HOST4)
    visit(play, f"192.168.50.0/24, {WEB4}/32", cafe, LAN_HOST4, WEB4)
    visit(play, "all", cafe, LAN_HOST4, WEB4, renew=True)
    cafe.leave()
    router.ip(f"addr add {ON_LINK}/29 dev lan")
    cafe = Cafe(play, "192.168.50.21", "192.168.50.22", "255.255.255.248", ON_LINK)
    check("192.168.50.16/29 dev wan0" in play.laptop.host.run("ip route").stdout, "now the LAN host is on the link, by its prefix")
    visit(play, "home", cafe, LAN_HOST4)
    visit(play, "all", cafe, LAN_HOST4, WEB4)
    cafe.leave()


if __name__ == "__main__":
    main(scene)
