#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Nothing out but by a web proxy on the router, which is not in the profile: squid, CONNECT to 443 only.

    lan, home and mux -- [inet] -- [office: squid 10.3.0.1:3128] -- laptop
                                -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, journey
from scenekit import check, main
from servers import squid, squid_log


def scene(lab):
    play = MuxPlay(lab)
    router = play.router("office")
    proxy = squid(router)
    journey(play, "office", "https", proxy="10.3.0.1:3128", method="connect-udp")
    play.client.down()
    check(any("TCP_TUNNEL/200" in line and "CONNECT 203.0.113.2:443" in line for line in squid_log(proxy)),
          "squid: a tunnel to 203.0.113.2:443")
    check("10.3.0.1:3128" in play.client.proc.text(), "the log names the proxy")


if __name__ == "__main__":
    main(scene)
