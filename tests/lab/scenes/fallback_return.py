#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""By https, and UDP begins to pass: the client changes to it without a lost packet; UDP is closed again: it changes back.

    lan, home and mux -- [inet] -- [hotel NAT, UDP opened and closed] -- laptop
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, arrive
from netlab import wait_until
from scenekit import LAN_HOST4, Download, TwoWay, check, describe, fact, main, ping


def back_to_udp(play):
    streams = TwoWay(play)
    play.world.gate("hotel", udp="434, 4500")
    play.client.call("roam")
    play.wait_kind("direct")
    streams.flow(300)
    up, down = streams.stop()
    fact(describe("up", up))
    fact(describe("down", down))
    check(up["lost"] == 0 and down["lost"] == 0, "from https to UDP: not a packet was lost")
    check(up["duplicated"] == 0 and down["duplicated"] == 0, "none came twice")


def scene(lab):
    play = MuxPlay(lab)
    arrive(play, "hotel", "https", method="connect-udp")
    download = Download(lab, play.lan, LAN_HOST4, play.laptop.host, 12_000_000, rate_mbit=3)
    download.progress()
    back_to_udp(play)
    play.world.gate("hotel", udp="")
    wait_until(lambda: ping(play.laptop.host, LAN_HOST4, count=1, timeout=1), "the LAN host to be reached again")
    play.wait_kind("https")
    download.progress()
    play.reached_from_home()
    check(download.get.alive(), "UDP was closed again: https, and the same download goes on")
    download.hurry()
    download.finish()


if __name__ == "__main__":
    main(scene)
