#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A network that opens every TLS connection (HAProxy under the inspector's own authority): refused unless allowed.

    lan, home and mux -- [inet] -- [hotel NAT: TCP 443 to HAProxy, which speaks TLS to the real one] -- laptop
                                -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, journey
from netlab import wait_until
from pki import Authority
from scenekit import HOME4, check, main
from servers import divert, haproxy_inspector


def strict(play):
    play.go("hotel")
    play.client.spawn()
    wait_until(play.client.state, "the client to answer")
    wait_until(play.trouble, "the status to say what the trouble is")
    check("certificate" in play.trouble(), f"by default it is refused: {play.trouble()}")
    check(play.client.state() != "registered", "nothing went by it")
    said = [line for line in play.client.proc.text().splitlines() if "certificate" in line]
    check(said, f"log: {said[0].strip()}")
    play.client.down()


def scene(lab):
    play = MuxPlay(lab)
    router = play.router("hotel")
    haproxy_inspector(router, Authority(lab, "inspector").issue("inspected", HOME4), f"{HOME4}:443", 8443)
    play.world.gate("hotel", tcp="")
    divert(router, {443: 8443})
    strict(play)
    play.client.set("tls", "carrier")
    journey(play, "hotel", "https", method="connect-udp")
    why = play.path()["unverified"]
    check(why and "not verified" in play.client.call("status").stdout, f"with tls = carrier it is taken, and status says: {why}")


if __name__ == "__main__":
    main(scene)
