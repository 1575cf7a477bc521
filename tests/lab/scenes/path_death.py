#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The uplink in use swallows everything while traffic flows: the other one takes over.

    lan, home == 20 ms == [inet] -- [cafe NAT] -- wan0 laptop   <- blackholed, its link stays up
                                 -- [airport NAT] -- wan1 laptop
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from scenekit import Play, TwoWay, check, describe, fact, main


def scene(lab):
    play = Play(lab, delay_ms=20, second="airport")
    play.client.wait_path(play.laptop.address("wan0"))
    streams = TwoWay(play)
    play.laptop.blackhole("wan0")
    play.client.wait_path(play.laptop.address("wan1"))
    streams.flow(300)
    up, down = streams.stop()
    fact(describe("up", up))
    fact(describe("down", down))
    check(up["duplicated"] == 0 and down["duplicated"] == 0, "the other uplink took over, and no packet came twice")
    play.laptop.heal("wan0")
    play.client.wait_path(play.laptop.address("wan0"))
    check(True, "the preferred uplink healed and is used again")


if __name__ == "__main__":
    main(scene)
