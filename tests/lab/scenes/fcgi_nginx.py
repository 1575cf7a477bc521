#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""nginx speaks HTTPS to the client and FastCGI to the multiplexer: as docs/operation.md has it, then buffered.

    lan, home and nginx:443 -> FastCGI, mux 127.0.0.1:9000 -- [inet] -- [hotel NAT] -- laptop
                                                                     -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from ladder import MuxPlay, journey
from scenekit import check, fact, main
from servers import FCGI_BEHIND, nginx_fastcgi


def scene(lab):
    play = MuxPlay(lab, listen=(f"fcgi://{FCGI_BEHIND}",))
    web = nginx_fastcgi(play.world.home, play.identity)
    journey(play, "hotel", "https", method="plain")
    play.client.down()
    web.stop()
    fact("nginx is stopped, and started with its usual buffers")
    nginx_fastcgi(play.world.home, play.identity, buffers=True)
    gap = journey(play, "hotel", "https", method="plain", total=6_000_000)["longest_gap_ms"]
    check(gap < 2000, "it never stood still")


if __name__ == "__main__":
    main(scene)
