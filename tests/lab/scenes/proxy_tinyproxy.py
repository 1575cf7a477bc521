#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A web proxy of another make, tinyproxy, found by itself at the gateway.

    lan, home and mux -- [inet] -- [office: tinyproxy 10.3.0.1:3128] -- laptop
                                -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, journey
from scenekit import check, main
from servers import tinyproxy


def scene(lab):
    play = MuxPlay(lab)
    proxy = tinyproxy(play.router("office"))
    journey(play, "office", "https", "10.3.0.1:3128", "connect-udp")
    check("CONNECT 203.0.113.2:443" in proxy.text(), "tinyproxy: CONNECT 203.0.113.2:443")


if __name__ == "__main__":
    main(scene)
