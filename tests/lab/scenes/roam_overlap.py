#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Two uplinks that overlap: the new one is used before the old one goes, nothing is lost or doubled.

    lan, home == 20 ms == [inet] -- [cafe NAT] -- wan0 laptop
                                 -- [airport NAT] -- wan1 laptop (comes, is preferred; then wan0 goes)
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from scenekit import Play, TwoWay, check, describe, main


def over_to(play, new, site, metric, old):
    """Bring up `new` with a better metric, wait until it is used, take `old` away."""
    streams = TwoWay(play, name=f"via-{new}")
    play.laptop.plug(new, site, metric=metric)
    play.client.wait_path(play.laptop.address(new))
    streams.flow(300)
    play.laptop.move(old, None)
    streams.flow(300)
    up, down = streams.stop()
    for direction, s in ((f"{old} to {new}, up", up), (f"{old} to {new}, down", down)):
        check(s["lost"] == 0 and s["duplicated"] == 0, describe(direction, s))


def scene(lab):
    play = Play(lab, delay_ms=20)
    over_to(play, "wan1", "airport", 50, "wan0")
    over_to(play, "wan2", "open", 25, "wan1")
    check(play.client.status()["handovers"] == 2, "two handovers")


if __name__ == "__main__":
    main(scene)
