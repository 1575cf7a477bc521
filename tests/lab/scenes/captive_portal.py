#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A captive portal answers HTTP and HTTPS in everybody's place; the status names it; it opens, the client registers.

    lan, home and mux -- [inet] -- [hotel NAT: TCP 80 and 443 to nginx, which says 302] -- laptop
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, arrive
from netlab import wait_until
from pki import Authority
from scenekit import LAN_HOST4, check, main, ping
from servers import divert, divert_no_more, portal

URL = "http://10.2.0.1/login?from=guest"


def scene(lab):
    play = MuxPlay(lab)
    router = play.router("hotel")
    portal(router, Authority(lab, "portal").issue("portal.hotel.example"), URL)
    divert(router, {80: 8000, 443: 8001})
    play.world.gate("hotel", tcp="")
    play.go("hotel")
    play.client.spawn()
    wait_until(play.client.state, "the client to answer")
    wait_until(lambda: "captive portal" in play.trouble(), "the status to speak of a captive portal")
    check(play.trouble().endswith(f"captive portal at {URL}"), f"status: {play.trouble()}")
    check(f"captive portal at {URL}" in play.client.call("status").stdout, "the one for people says so, too")
    check(play.client.state() != "registered", "not registered")
    play.world.gate("hotel", tcp="80, 443")
    divert_no_more(router)
    play.client.wait_state("registered")
    check(True, "the portal opened: the client registers by itself")
    arrive(play, "hotel", "https", method="connect-udp")
    check(ping(play.laptop.host, LAN_HOST4), "the LAN host is reached")
    check("captive" not in play.trouble(), "and the status speaks of no portal any more")
    said = [line for line in play.client.proc.text().splitlines() if "captive portal" in line]
    check(len(said) == 1, f"log, once: {said[0].strip()}")


if __name__ == "__main__":
    main(scene)
