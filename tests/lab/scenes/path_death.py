#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The uplink in use swallows everything while traffic flows: the other one takes over in time.

    lan, home == 20 ms == [inet] -- [cafe NAT] -- wan0 laptop   <- blackholed, its link stays up
                                 -- [airport NAT] -- wan1 laptop
"""
# alone
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from scenekit import Play, TwoWay, check, describe, fact, main

RTT_MS = 40
NOTICE_MS = 3 * RTT_MS + 300    # then one round trip until the other way works in both directions
SLACK_MS = 25                   # a busy machine's scheduling


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
    check(up["longest_gap_ms"] <= NOTICE_MS + RTT_MS + SLACK_MS, f"up: back after {up['longest_gap_ms']:.0f} ms")
    check(down["longest_gap_ms"] <= NOTICE_MS + 2 * RTT_MS + SLACK_MS, f"down: back after {down['longest_gap_ms']:.0f} ms")
    play.laptop.heal("wan0")
    play.client.wait_path(play.laptop.address("wan0"), timeout=90)
    check(True, "the preferred uplink healed and is used again")


if __name__ == "__main__":
    main(scene)
