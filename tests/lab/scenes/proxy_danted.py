#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Nothing out but by a SOCKS proxy: version 5 with user name and password, then version 4.

    lan, home and mux -- [inet] -- [socks: danted 10.4.0.1:1080 SOCKS5, :1081 SOCKS4] -- laptop
                                -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from ladder import MuxPlay, arrive, journey
from scenekit import LAN_HOST4, Download, check, main
from servers import PASSWORD, USER_IN_URL, danted


def wrong_password(play):
    play.client.set("proxy", "socks5://guest:notthis@10.4.0.1:1080")
    play.client.spawn()
    play.wait_said("10.4.0.1:1080")
    said = [line for line in play.client.proc.text().splitlines() if "10.4.0.1:1080" in line]
    check("password" in said[0] and "10.4.0.1:1080" in play.trouble(), f"a wrong password: {said[0].strip()}")
    play.client.down()


def scene(lab):
    play = MuxPlay(lab)
    router = play.router("socks")
    danted(router, 1080)
    danted(router, 1081, version=4)
    play.go("socks")
    wrong_password(play)
    play.client.set("proxy", "socks4://10.4.0.1:1081")
    arrive(play, "socks", "https", "10.4.0.1:1081", "connect-udp")
    Download(lab, play.lan, LAN_HOST4, play.laptop.host, 5_000_000).finish()
    play.client.down()
    play.client.set("proxy", f"socks5://{USER_IN_URL}10.4.0.1:1080")
    journey(play, "socks", "https", "10.4.0.1:1080", "connect-udp")
    check(PASSWORD not in "".join(p.text() for p in lab.procs), "the password is in no log")


if __name__ == "__main__":
    main(scene)
