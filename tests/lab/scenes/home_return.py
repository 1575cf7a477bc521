#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The client comes to the home LAN, is recognised there, and leaves again; its connection survives.

    lan .20, home .2 --+-- home LAN --- laptop comes here (192.168.50.61 by its uplink)
      | 203.0.113.2
    [inet] -- [cafe NAT] -- laptop; [airport NAT] -- and goes there
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import wait_until
from scenekit import LAN_HOST4, Download, Play, check, main, ping


def scene(lab):
    play = Play(lab)
    address, mac = play.client.address, play.world.home.mac("eth0")
    download = Download(lab, play.lan, LAN_HOST4, play.laptop.host, 40_000_000, rate_mbit=20)
    download.progress()
    play.laptop.move("wan0", "home")
    play.client.wait_state("home")
    check(True, "on the home LAN the client is home")
    wait_until(lambda: not play.server.status()["bindings"], "the binding to go")
    check(True, "home has no binding for it")
    download.progress(2_000_000)
    check(ping(play.lan, address), "the LAN host reaches it by its permanent address")
    neighbour = play.lan.run(["ip", "neigh", "show", address]).stdout
    check(mac not in neighbour and play.laptop.host.mac("wan0") in neighbour, f"directly: {neighbour.strip()}")
    download.progress(1_000_000)
    play.laptop.move("wan0", "airport")
    play.client.wait_state("registered")
    check(play.server.binding() is not None, "away again: registered, one binding")
    check(ping(play.lan, address), "the LAN host reaches it through home")
    check(mac in play.lan.run(["ip", "neigh", "show", address]).stdout, "home answers for it once more")
    download.finish()


if __name__ == "__main__":
    main(scene)
