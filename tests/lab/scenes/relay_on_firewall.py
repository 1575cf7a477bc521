#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The relay on the firewall itself: it listens on the outer address and reaches home from the inner one.

    lan, home 192.168.50.2 -- 192.168.50.1 [fw and relay] 203.0.113.2 -- [inet] -- [cafe NAT] -- laptop
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dmz import DIRECT4, DmzWorld, Relay
from product import Client, Server
from scenekit import LAN_HOST4, Download, check, main, ping

OUTER, INNER = "203.0.113.2", "192.168.50.1"
CLOSED = """
table ip own {
    chain input {
        type filter hook input priority 0; policy accept;
        iifname "wan" udp dport { 434, 4500 } accept
        iifname "wan" drop
    }
}
"""


def scene(lab):
    world = DmzWorld(lab)
    world.fw.nft(CLOSED)
    server = Server(lab, world.home)
    server.init(public=(DIRECT4,))
    relay = Relay(lab, world.fw, server, name="gate", address=INNER, public=OUTER)
    relay.set("listen", f"{OUTER}:434, {OUTER}:4500")
    profile = server.add("alice")
    server.start()
    relay.start()
    check("nothing wrong" in relay.call("check").stdout, "check: nothing wrong")
    laptop = world.laptop()
    laptop.plug("wan0", "cafe")
    client = Client(lab, laptop, profile).up()
    path = client.status()["path"]
    check(path["kind"] == "relay" and path["agent"] == "gate" and path["remote"].startswith(OUTER), f"registered by {path['agent']} at {path['remote']}")
    check(server.status()["bindings"][0]["care_of"].startswith(INNER), "home sees it at the firewall's inner address")
    check(ping(world.lan, client.address) and ping(laptop.host, LAN_HOST4), "both ways")
    Download(lab, world.lan, LAN_HOST4, laptop.host, 10_000_000).finish()


if __name__ == "__main__":
    main(scene)
