#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""With a short lifetime the association is renewed again and again under traffic: no packet is lost.

    lan, home == 10 ms == [inet] -- [cafe NAT] -- laptop
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import wait_until
from scenekit import Play, TwoWay, check, describe, main

RENEWALS = 3


def scene(lab):
    play = Play(lab, delay_ms=10, server_keys={"lifetime": "10"})
    check(play.client.status()["lifetime_s"] <= 10, "the lifetime granted is 10 s")
    streams = TwoWay(play)
    spis = {play.client.status()["sa"]["spi_in"]}

    def renewed(count):
        spis.add(play.client.status()["sa"]["spi_in"])
        return len(spis) > count

    for n in range(1, RENEWALS + 1):
        wait_until(lambda: renewed(n), f"renewal {n}", every=0.1)
    streams.flow(500)
    check(True, f"{RENEWALS} renewals, SPIs {' '.join(sorted(spis))}")
    for direction, s in zip(("up", "down"), streams.stop()):
        check(s["lost"] == 0 and s["duplicated"] == 0, describe(direction, s))
    drops = play.client.status()["drops"]
    check(drops["replay"] == 0 and drops["auth"] == 0, f"the client dropped nothing: {drops}")


if __name__ == "__main__":
    main(scene)
