#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A relay killed in the middle of traffic and started again: the client goes on by it.

    lan, home == 10 ms == [fw] -- DMZ relay (killed, started);  [cafe NAT] -- laptop
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dmz import RelayPlay
from scenekit import LAN_HOST4, Download, TwoWay, check, describe, fact, main


def scene(lab):
    play = RelayPlay(lab, delay_ms=10)
    download = Download(lab, play.lan, LAN_HOST4, play.laptop.host, 8_000_000, rate_mbit=10)
    download.progress()
    streams = TwoWay(play)
    play.relay.kill()
    play.relay.start(ready=False)
    streams.flow(500)
    up, down = streams.stop()
    fact(describe("up", up))
    fact(describe("down", down))
    check(up["duplicated"] == 0 and down["duplicated"] == 0, "both streams went on, and no packet came twice")
    download.finish()
    check(play.client.status()["path"]["kind"] == "relay", "still by the relay")
    check(len(play.relay.status()["visitors"]) == 1, "which has its visitor again")


if __name__ == "__main__":
    main(scene)
