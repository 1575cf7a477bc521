#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A proxy that refuses CONNECT altogether: plain requests in absolute-form, to the multiplexer at port 80.

    lan, home and mux -- [inet] -- [office: squid 10.3.0.1:3128 without CONNECT] -- laptop
                                -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from ladder import MuxPlay, journey
from scenekit import check, main
from servers import squid, squid_log


def scene(lab):
    play = MuxPlay(lab)
    proxy = squid(play.router("office"), connect=False)
    journey(play, "office", "http", "10.3.0.1:3128", "plain")
    play.client.down()
    lines = squid_log(proxy)
    for method, way in (("POST", "up"), ("GET", "down")):
        good = [line for line in lines if f"{method} http://203.0.113.2/homeward/home/" in line and "/20" in line]
        check(good and all(f"/{way} " in line for line in good), f"squid: {len(good)} times {method} {way}, in absolute-form")
    check(not any("TCP_TUNNEL" in line for line in lines), "and no tunnel")


if __name__ == "__main__":
    main(scene)
