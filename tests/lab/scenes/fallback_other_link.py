#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A link with an address but without a route is no way out, though its neighbour would take every packet: another
VPN's device, a bridge of virtual machines.

    lan, home and mux -- [inet] -- [hotel NAT] -- wan0 laptop   <- goes silent for a while
                                -- [airport NAT, proxy ARP] -- other0 laptop
"""
import sys
import time
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, arrive
from netlab import wait_until
from scenekit import LAN_HOST4, check, main

SEEN = """
table inet seen {
	counter forwarded { }
	chain forward {
		type filter hook forward priority filter
		counter name forwarded
	}
}
"""


def works(play):
    return play.path().get("answering")


def scene(lab):
    play = MuxPlay(lab)
    laptop, airport = play.laptop, play.router("airport")
    airport.sysctl("net.ipv4.conf.all.proxy_arp=1")
    airport.nft(SEEN)
    play.go("hotel")
    laptop.plug("other0", "airport")
    laptop.host.ip("route del default dev other0")
    arrive(play, "hotel", "https")
    laptop.host.spawn(["ping", "-i", "0.2", LAN_HOST4])
    laptop.blackhole("wan0")
    wait_until(lambda: not works(play), "the silence to be noticed")
    time.sleep(3)    # in which other ways would be tried
    laptop.heal("wan0")
    wait_until(lambda: works(play), "the hotel to be used again")
    check(play.path()["uplink"] == "wan0", "after the silence the path is the hotel's again")
    check(airport.nft_counter("forwarded") == 0, "nothing was forwarded by the neighbour on the other link")


if __name__ == "__main__":
    main(scene)
