#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""lighttpd speaks HTTPS to the client and FastCGI to the multiplexer, unbuffered and buffered.

    lan, home and lighttpd:443 -> FastCGI, mux 127.0.0.1:9000 -- [inet] -- [hotel NAT] -- laptop
                                                                      -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from ladder import MuxPlay, arrive, journey
from scenekit import LAN_HOST4, Download, check, fact, main
from servers import lighttpd_fastcgi

BEHIND = "127.0.0.1:9000"


def scene(lab):
    play = MuxPlay(lab, listen=(f"fcgi://{BEHIND}",))
    web = lighttpd_fastcgi(play.world.home, play.identity, BEHIND)
    journey(play, "hotel", "https", method="plain")
    play.client.down()
    web.stop()
    fact("lighttpd is stopped, and started so that it has every body whole")
    lighttpd_fastcgi(play.world.home, play.identity, BEHIND, buffers=True)
    arrive(play, "hotel", "https", method="plain")
    gap = Download(lab, play.lan, LAN_HOST4, play.laptop.host, 3_000_000).finish()["longest_gap_ms"]
    check(gap < 2000, "it never stood still")
    play.reached_from_home()


if __name__ == "__main__":
    main(scene)
