#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Who may register at the relay follows `add` and `remove` on the running home server at once.

    lan, home -- [fw] -- DMZ relay;  [cafe NAT] -- alice, bob
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dmz import RelayPlay
from netlab import wait_until
from scenekit import LAN_HOST4, check, main, ping


def scene(lab):
    play = RelayPlay(lab)
    check(play.relay.status()["admitted"] == 1, "one client may register")
    bob = play.another("bob")
    wait_until(lambda: play.relay.status()["admitted"] == 2, "bob to be admitted")
    bob.up()
    check(ping(bob.host, LAN_HOST4), "bob, added while all ran, reaches home by the relay")
    play.server.call("remove", "bob")
    wait_until(lambda: play.relay.status()["admitted"] == 1, "bob to be dropped")
    check(play.relay.status()["n_visitors"] == 1, "his entry at the relay went with him")
    check(not ping(bob.host, LAN_HOST4, count=1, timeout=1), "and he reaches nobody")
    check(ping(play.laptop.host, LAN_HOST4), "alice is not concerned")
    bob.proc.kill()
    for _ in range(3):
        play.client.call("roam")
        play.client.wait_state("registered")
    check(play.relay.status()["denied"]["auth"] == 0 or play.client.status()["path"]["kind"] == "relay",
          "her pseudonyms change, and the relay admits each")


if __name__ == "__main__":
    main(scene)
