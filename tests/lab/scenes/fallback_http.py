#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Not even TCP 443 passes: the same multiplexer in the clear, at port 80; what is carried is ESP.

    lan, home and mux -- [inet] -- [hotel NAT, TCP 80 alone] -- laptop
                                -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, journey
from scenekit import check, main


def scene(lab):
    play = MuxPlay(lab)
    router = play.router("hotel")
    play.world.gate("hotel", tcp="80")
    seen = router.capture("wan", "tcp port 80")
    journey(play, "hotel", "http", method="connect-udp")
    seen.stop()
    with open(seen.pcap, "rb") as f:
        data = f.read()
    check(b"/.well-known/masque/udp/home/4500/" in data, "the request for the tunnel is there to be read")
    check(b"alice" not in data and play.client.get("key").encode() not in data,
          "no identity and no key is")


if __name__ == "__main__":
    main(scene)
