#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A path that silently drops large packets is found out and worked with.

    lan, home -- [inet] -- [cafe NAT: drops IP packets over 1,280, then 1,124 octets] -- laptop
"""
import json
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import quiet_offload, wait_until
from scenekit import DOWNLOAD, LAN_HOST4, Play, check, main, ping

SIZE = 3_000_000


def drop_over(router, octets):
    router.nft(f"""table inet blackhole
        delete table inet blackhole
        table inet blackhole {{
            counter dropped {{ }}
            chain f {{
                type filter hook forward priority 0
                ip length > {octets} counter name dropped drop
            }}
        }}""")


def both_ways(play, octets):
    lan = play.lan.spawn([DOWNLOAD, "serve", LAN_HOST4, "9000"], log="serve-lan")
    away = play.laptop.host.spawn([DOWNLOAD, "serve", play.client.address, "9000"], log="serve-away")
    lan.wait_text("ready")
    away.wait_text("ready")
    for host, address, direction in ((play.laptop.host, LAN_HOST4, "down"), (play.lan, play.client.address, "up")):
        got = json.loads(host.run([DOWNLOAD, "get", address, "9000", str(SIZE)]).stdout)
        check(got["bytes"] == SIZE, f"limit {octets}: download {direction} in {got['seconds']} s")
    lan.stop()
    away.stop()


def scene(lab):
    play = Play(lab)
    router = play.world.routers["cafe"]
    for host, ifname in ((play.laptop.host, "wan0"), (play.world.home, "wan"), (play.world.inet, "to-cafe"),
                         (play.world.inet, "home"), (router, "lan"), (router, "wan")):
        quiet_offload(host, ifname, offload=False)
    for octets in (1280, 1124):
        drop_over(router, octets)
        both_ways(play, octets)
        for size in (56, 1000, 1400, 3000):
            wait_until(lambda: ping(play.lan, play.client.address, count=2, size=size), f"ping of {size} octets to pass")
        check(True, f"limit {octets}: pings of 56 to 3,000 octets pass")
        check(router.nft_counter("dropped") > 0, f"limit {octets}: the router did drop {router.nft_counter('dropped')}")
        check(play.client.state() == "registered", "the client stayed registered")


if __name__ == "__main__":
    main(scene)
