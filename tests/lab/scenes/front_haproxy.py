#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""HAProxy as docs/operation.md has it: ends TLS in front of the multiplexer, passes upgrades, says who asks.

    lan, home and haproxy:443 -> mux 127.0.0.1:8080 -- [inet] -- [hotel NAT] -- laptop
                                                            -- [cafe NAT] ...... moves here and back
                                                            -- web: somebody else
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, counted_by_source, journey
from scenekit import check, main
from servers import HTTP_BEHIND, haproxy_front


def scene(lab):
    play = MuxPlay(lab, listen=(f"http://{HTTP_BEHIND}",), mux_keys={"proxies": "127.0.0.1", "source_tunnels": 4})
    haproxy_front(play.world.home, play.identity)
    journey(play, "hotel", "https", method="connect-udp")
    tls = play.client.status()["path"]["unverified"]
    check(tls is None, "the certificate was verified: it is HAProxy that shows it")
    counted_by_source(play, 4)


if __name__ == "__main__":
    main(scene)
