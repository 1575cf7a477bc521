#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A client whose profile names no permanent address gets one from home's network, and keeps it.

    lan, home -- [inet] -- [cafe NAT] -- laptop (alice), tablet (bob)
"""
import ipaddress
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from product import Client
from scenekit import Play, check, main, ping


def scene(lab):
    play = Play(lab, up=False)
    play.client.set("address", None)
    play.client.up()
    address = play.client.status()["home_address"]
    check(ipaddress.ip_address(address) in ipaddress.ip_network("192.168.50.0/24"), f"home assigned {address}")
    check(address not in ("192.168.50.2", "192.168.50.20"), "it is nobody else's")
    check(ping(play.lan, address), "the LAN host reaches it")
    profile = play.server.add("bob")
    tablet = play.world.laptop("tablet")
    tablet.plug("wan0", "cafe")
    bob = Client(lab, tablet, profile)
    bob.set("address", None)
    bob.up()
    other = bob.status()["home_address"]
    check(other != address and ping(play.lan, other), f"a second client gets another one: {other}")
    check(ping(play.laptop.host, other), "the two clients reach each other through home")
    play.client.down()
    play.client.up()
    check(play.client.status()["home_address"] == address, "after down and up alice has the same address")


if __name__ == "__main__":
    main(scene)
