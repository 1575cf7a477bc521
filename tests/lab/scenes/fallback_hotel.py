#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A hotel that drops all but TCP 80 and 443 without a word: HTTPS without being asked, UDP again in the cafe.

    lan, home and mux == 20 ms == [inet] -- [hotel NAT] 10.2.0.0/24 -- laptop
                                         -- [cafe NAT] 10.1.0.0/24 ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, arrive, journey
from netlab import wait_until
from scenekit import TwoWay, check, describe, fact, main

RTT_MS = 40     # tests/bench judges how long an arrival takes (https-arrival)


def arrival(play, which):
    """From plugging in at the hotel until packets go both ways."""
    streams = TwoWay(play, name=which)
    play.go("hotel")
    streams.flow(200)
    play.wait_kind("https")
    up, down = streams.stop()
    fact(describe(f"{which}, up", up))
    fact(describe(f"{which}, down", down))
    check(up["duplicated"] == 0 and down["duplicated"] == 0, f"{which}: packets both ways, none came twice")


def via(play, how):
    """What the home server makes of it, once the registration has come."""
    wait_until(lambda: play.server.binding()["via"] == how, f"home's status to say via {how}")
    table = play.server.call("status").stdout
    line = [at for at in table.splitlines() if "alice@" in at][0]
    check(how in line.split(), f"home's status: {' '.join(line.split())}")


def scene(lab):
    play = MuxPlay(lab, delay_ms=RTT_MS / 2)
    arrive(play, "cafe", "direct")
    via(play, "direct")
    arrival(play, "first arrival")
    via(play, "mux")
    play.go("cafe")
    play.wait_kind("direct")
    via(play, "direct")
    arrival(play, "second arrival")
    via(play, "mux")
    journey(play, "hotel", "https", method="connect-udp")
    check(play.router("hotel").nft_counter("udp_dropped") > 0, "the hotel dropped UDP")


if __name__ == "__main__":
    main(scene)
