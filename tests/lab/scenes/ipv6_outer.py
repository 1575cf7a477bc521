#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The client registers from a network that has IPv6 only, and moves to one that has IPv4 only.

    lan, home -- 2001:db8:0:1::2 and 203.0.113.2 -- [inet] -- six 2001:db8:51::/64 -- laptop
                                                        -- [cafe NAT] 10.1.0.0/24
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from scenekit import HOME4, HOME6, LAN_HOST4, Download, Play, TwoWay, check, describe, main, ping


def scene(lab):
    play = Play(lab, site="six", public=(HOME4, HOME6))
    path = play.client.status()["path"]
    check(HOME6 in path["remote"] and play.laptop.address() in path["local"], f"{path['local']} to {path['remote']}")
    check(ping(play.lan, play.client.address) and ping(play.laptop.host, LAN_HOST4), "home and client reach each other")
    download = Download(lab, play.lan, LAN_HOST4, play.laptop.host, 10_000_000, rate_mbit=20)
    download.progress()
    streams = TwoWay(play)
    for site in ("cafe", "six"):
        play.laptop.move("wan0", site)
        play.client.wait_path(play.laptop.address())
        streams.flow(300)
        check(True, f"moved to {site}: {play.client.status()['path']['local']}")
    for direction, s in zip(("up", "down"), streams.stop()):
        check(s["duplicated"] == 0, describe(direction, s))
    download.finish()


if __name__ == "__main__":
    main(scene)
