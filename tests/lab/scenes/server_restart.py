#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The home server is killed under traffic and started again: clients recover by themselves.

    lan, home (killed) -- [inet] -- [cafe NAT] -- laptop
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from scenekit import LAN_HOST4, Download, Play, TwoWay, check, describe, main


def scene(lab):
    play = Play(lab)
    streams = TwoWay(play)
    download = Download(lab, play.lan, LAN_HOST4, play.laptop.host, 12_000_000, rate_mbit=10)
    download.progress()
    address = play.client.address
    for n in (1, 2):
        play.server.kill()
        play.server.start()
        streams.flow(100)
        check(True, f"kill {n}: the server is back, and streams flow both ways again")
    check(play.client.status()["home_address"] == address, "same permanent address")
    for direction, s in zip(("up", "down"), streams.stop()):
        check(s["duplicated"] == 0, describe(direction, s))
    download.finish()
    check(play.server.proc.stop() == 0, "and it ends cleanly when asked")


if __name__ == "__main__":
    main(scene)
