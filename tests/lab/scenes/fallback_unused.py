#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A network that passes UDP never sees a carrier: not one TCP segment leaves.

    lan, home and mux -- [inet] -- [cafe NAT] 10.1.0.0/24 -- laptop
                                -- [airport NAT] ...... moves here
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, arrive
from scenekit import HOME4, TwoWay, check, main

COUNT = """
table ip count {
    counter tcp_seen { }
    chain forward { type filter hook forward priority 0; meta l4proto tcp counter name tcp_seen; }
}
"""


def scene(lab):
    play = MuxPlay(lab)
    routers = [play.router(site) for site in ("cafe", "airport")]
    for router in routers:
        router.nft(COUNT)
    arrive(play, "cafe", "direct")
    streams = TwoWay(play)
    play.go("airport")
    play.client.wait_path(play.laptop.address())
    streams.flow(1000)
    streams.stop()
    play.client.down()
    check(sum(router.nft_counter("tcp_seen") for router in routers) == 0,
          "two networks, a move, thousands of packets: not one TCP segment")
    play.laptop.host.run(["curl", "-sk", "-m", "5", f"https://{HOME4}/"])
    check(routers[1].nft_counter("tcp_seen") > 0, "though TCP passes there, and is counted")



if __name__ == "__main__":
    main(scene)
