#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A profile made before there was a relay: home names it in the registration reply, and the client remembers.

    lan, home -- [fw, UDP to home open, then closed] -- [inet] -- [cafe NAT] -- laptop
                  |
                 DMZ -- relay, added to the running server
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dmz import RelayPlay
from scenekit import LAN_HOST4, check, main, ping


def scene(lab):
    play = RelayPlay(lab, direct=True, relay_known=False)
    check(play.client.get("relay") is None, "the profile names no relay")
    check(play.client.status()["path"]["kind"] == "direct", "registered directly")
    play.client.down()
    play.world.direct(False)
    play.client.up()
    check(play.client.status()["path"]["kind"] == "relay", "the firewall is closed by now: registered by the relay")
    check(ping(play.laptop.host, LAN_HOST4), "and home is reached")


if __name__ == "__main__":
    main(scene)
