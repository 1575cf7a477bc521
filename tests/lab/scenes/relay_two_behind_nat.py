#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Two clients behind one NAT: two ports of the relay's, and neither gets the other's packets.

    lan, home -- [fw] -- DMZ relay;  [cafe NAT] 10.1.0.0/24 -- laptop (alice), laptop-bob (bob)
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dmz import RelayPlay
from netlab import wait_until
from scenekit import LAN_HOST4, Download, check, main, ping


def scene(lab):
    play = RelayPlay(lab)
    bob = play.another("bob").up()
    check(play.client.address != bob.address, f"{play.client.address} and {bob.address}")
    for c in (play.client, bob):
        check(ping(play.lan, c.address) and ping(c.host, LAN_HOST4), f"{c.name}: both ways")
    a = Download(lab, play.lan, LAN_HOST4, play.client.host, 10_000_000, port=8080)
    b = Download(lab, play.lan, LAN_HOST4, bob.host, 10_000_000, port=8082)
    a.finish()
    b.finish()
    visitors = play.relay.status()["visitors"]
    check(len(visitors) == 2 and len({v["port"] for v in visitors}) == 2, f"two ports: {[v['port'] for v in visitors]}")
    check({v["client"].split(":")[0] for v in visitors} == {"203.0.113.18"}, "of one address, the NAT's")
    check({x["via"] for x in play.server.status()["bindings"]} == {"relay dmz1"}, "home sees both by the relay")
    bob.down()
    wait_until(lambda: len(play.relay.status()["visitors"]) == 1, "bob's entry to go")
    check(ping(play.lan, play.client.address), "alice is still there")


if __name__ == "__main__":
    main(scene)
