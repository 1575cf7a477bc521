#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Between two NATed networks with nothing but the relay: connections hold.

    lan, home == 20 ms == [fw] -- DMZ relay;  [cafe NAT], [airport NAT] -- laptop
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dmz import RelayPlay
from netlab import wait_until
from scenekit import LAN_HOST4, Download, TwoWay, check, describe, fact, main


def scene(lab):
    play = RelayPlay(lab, delay_ms=20)
    download = Download(lab, play.lan, LAN_HOST4, play.laptop.host, 12_000_000, rate_mbit=10)
    download.progress()
    for site in ("airport", "cafe", "airport"):
        streams = TwoWay(play, name=f"to-{site}")
        before = play.client.status()["handovers"]
        play.laptop.prepare_move("wan0", site).go()
        wait_until(lambda: play.client.status()["handovers"] > before, "the handover")
        streams.flow(300)
        up, down = streams.stop()
        fact(describe(f"to {site}, up", up))
        fact(describe(f"to {site}, down", down))
        check(up["duplicated"] == 0 and down["duplicated"] == 0, "no packet came twice")
    download.finish()
    visitors = play.relay.status()["visitors"]
    check(any(v["client"].startswith("203.0.113.22:") for v in visitors), "the relay has it at its new address")


if __name__ == "__main__":
    main(scene)
