#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A relay with room for two: those registered stay, the third is refused and goes directly.

    lan, home -- [fw] -- DMZ relay, max_visitors = 2;  [cafe NAT] -- alice, bob, carol
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dmz import RelayPlay
from netlab import wait_until
from scenekit import LAN_HOST4, check, main, ping


def scene(lab):
    play = RelayPlay(lab, relay_keys={"max_visitors": "2"})
    bob = play.another("bob").up()
    play.world.direct(True)
    carol = play.another("carol")
    carol.set("paths", "relay, direct")
    carol.up()
    check(carol.status()["path"]["kind"] == "direct", "the third client is registered directly")
    check(play.relay.status()["denied"]["table_full"] > 0, "the relay's table is full")
    wait_until(lambda: "insufficient resources (foreign agent)" in carol.proc.text(), "the third client to say why")
    for c in (play.client, bob, carol):
        check(ping(c.host, LAN_HOST4), f"{c.name} reaches home")
    check(play.relay.status()["n_visitors"] == 2, "two visitors, as before")


if __name__ == "__main__":
    main(scene)
