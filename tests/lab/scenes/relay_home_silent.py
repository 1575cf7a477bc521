#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Home does not answer the relay: the client goes on to its next path, and back when it does.

    lan, home -- [fw, protocol 4 cut] -- DMZ relay;  [cafe NAT] -- laptop, relay preferred
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dmz import RelayPlay
from netlab import wait_until
from scenekit import LAN_HOST4, check, main, ping


def scene(lab):
    play = RelayPlay(lab, direct=True, up=False, client_keys={"paths": "relay, direct"})
    play.world.inwards(False)
    play.client.up()
    check(play.client.status()["path"]["kind"] == "direct", "registered directly, though the relay is preferred")
    wait_until(lambda: play.relay.status()["denied"]["timeouts"] > 0, "the relay to give up waiting")
    check(ping(play.laptop.host, LAN_HOST4), "home is reached")
    wait_until(lambda: play.relay.status()["home"]["link"] != "up", "the relay to notice")
    play.world.inwards(True)
    wait_until(lambda: play.relay.status()["home"]["link"] == "up", "relay and home to find each other")
    play.client.call("roam")
    play.wait_kind("relay")
    check(ping(play.laptop.host, LAN_HOST4), "then by the relay, as the profile likes it")


if __name__ == "__main__":
    main(scene)
