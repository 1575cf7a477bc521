#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A reverse proxy that passes no upgrade, and every body only when it has it whole: plain requests get through.

    lan, home and nginx:443 (proxy_buffering, proxy_request_buffering) -> mux 127.0.0.1:8080
                |
             [inet] -- [hotel NAT] -- laptop
                    -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, journey
from scenekit import check, main
from servers import HTTP_BEHIND, nginx_buffering


def scene(lab):
    play = MuxPlay(lab, listen=(f"http://{HTTP_BEHIND}",))
    nginx_buffering(play.world.home, play.identity, HTTP_BEHIND)
    journey(play, "hotel", "https", method="plain")
    check(play.path()["kind"] == "https", "all of it by requests that were answered whole")


if __name__ == "__main__":
    main(scene)
