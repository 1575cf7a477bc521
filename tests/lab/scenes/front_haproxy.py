#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""HAProxy ends TLS in front of the multiplexer and passes upgrades: connect-udp.

    lan, home and haproxy:443 -> mux 127.0.0.1:8081 -- [inet] -- [hotel NAT] -- laptop
                                                            -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from ladder import MuxPlay, journey
from scenekit import check, main
from servers import haproxy

BEHIND = "127.0.0.1:8081"


def front(play):
    haproxy(play.world.home, play.identity, BEHIND)


def scene(lab):
    play = MuxPlay(lab, listen=(f"http://{BEHIND}",), front=front)
    journey(play, "hotel", "https", method="connect-udp")
    tls = play.client.status()["path"]["unverified"]
    check(tls is None, "the certificate was verified: it is HAProxy that shows it")


if __name__ == "__main__":
    main(scene)
