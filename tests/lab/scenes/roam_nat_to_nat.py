#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A move without overlap between two NATed networks, 20 ms each way: the download goes on, no packet comes twice.

    lan, home == 20 ms == [inet] -- [cafe NAT] 10.1.0.0/24 -- laptop
                                 -- [airport NAT] 10.5.0.0/24 ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import LabError
from scenekit import LAN_HOST4, Download, Play, TwoWay, check, describe, fact, main

MOVES = 3   # tests/bench judges the gaps (moving)


def one_move(play, site):
    """Streams both ways across a prepared move; returns their figures."""
    move = play.laptop.prepare_move("wan0", site)
    streams = TwoWay(play, name=f"to-{site}-{play.client.status()['handovers']}")
    move.go()
    streams.flow(300)
    play.client.wait_path(play.laptop.address())
    up, down = streams.stop()
    fact(describe(f"to {site}, up", up))
    fact(describe(f"to {site}, down", down))
    if up["duplicated"] or down["duplicated"]:
        raise LabError("packets were duplicated to the application")


def scene(lab):
    play = Play(lab, delay_ms=20)
    download = Download(lab, play.lan, LAN_HOST4, play.laptop.host, 12_000_000, rate_mbit=10)
    download.progress()
    for n in range(MOVES):
        one_move(play, ("airport", "cafe")[n % 2])
    check(download.get.alive(), "the download still runs")
    download.finish()
    s = play.client.status()
    check(s["handovers"] == MOVES, f"{s['handovers']} handovers, the last took {s['last_handover_ms']} ms")
    check(s["home_address"] == play.client.address, "the permanent address never changed")


if __name__ == "__main__":
    main(scene)
