#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The proxy is named by the environment: https_proxy; no_proxy takes the multiplexer out again.

    lan, home and mux -- [inet] -- [office: squid 10.3.0.1:8899, a port nobody would guess] -- laptop
                                -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, journey
from netlab import wait_until
from scenekit import check, main
from servers import squid, squid_log

COUNT = """
table ip count {
    counter to_proxy { }
    chain in { type filter hook input priority 0; tcp dport 8899 counter name to_proxy; }
}
"""


def left_out(play, router, proxy):
    """With no_proxy: nothing goes to the proxy, and the firewall, which says so for once, lets nothing else out."""
    router.nft('insert rule ip gate forward iifname "lan" meta l4proto tcp reject with tcp reset\n')
    play.client.env["no_proxy"] = "example.org, 203.0.113.2"
    asked, lines = router.nft_counter("to_proxy"), len(squid_log(proxy))
    play.client.spawn()
    wait_until(play.client.state, "the client to answer")
    wait_until(play.trouble, "the status to say what the trouble is")
    check(router.nft_counter("to_proxy") == asked and len(squid_log(proxy)) == lines,
          f"no_proxy: nothing was sent to the proxy; status: {play.trouble()}")
    check(play.client.state() == "searching" or play.client.state() == "registering", "and so nothing was reached")


def scene(lab):
    play = MuxPlay(lab, env={"https_proxy": "http://10.3.0.1:8899"})
    router = play.router("office")
    router.nft(COUNT)
    proxy = squid(router, 8899)
    journey(play, "office", "https", "10.3.0.1:8899", "connect-udp")
    play.client.down()
    left_out(play, router, proxy)


if __name__ == "__main__":
    main(scene)
