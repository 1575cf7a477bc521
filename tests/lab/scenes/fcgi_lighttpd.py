#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""lighttpd speaks HTTPS to the client and FastCGI to the multiplexer: as docs/operation.md has it, then buffered.

    lan, home and lighttpd:443 -> FastCGI, mux 127.0.0.1:9000 -- [inet] -- [hotel NAT] -- laptop
                                                                        -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, counted_by_source, journey
from scenekit import fact, main
from servers import FCGI_BEHIND, lighttpd_fastcgi


def scene(lab):
    play = MuxPlay(lab, listen=(f"fcgi://{FCGI_BEHIND}",), mux_keys={"source_tunnels": 24})
    web = lighttpd_fastcgi(play.world.home, play.identity)
    journey(play, "hotel", "https", method="plain")
    counted_by_source(play, 24, fcgi=True)
    play.client.down()
    web.stop()
    fact("lighttpd is stopped, and started so that it has every body whole")
    lighttpd_fastcgi(play.world.home, play.identity, buffers=True)
    journey(play, "hotel", "https", method="plain", total=6_000_000)


if __name__ == "__main__":
    main(scene)
