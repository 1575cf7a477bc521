#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A client has a permanent IPv6 address beside the IPv4 one; IPv6 goes through the tunnel, moves included.

    lan 2001:db8:50::20, home 2001:db8:50::2 -- [inet, IPv4 to the sites] -- [cafe NAT], [airport NAT] -- laptop
"""
import json
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from scenekit import DOWNLOAD, LAN_HOST6, Download, Play, Stream, check, describe, main, ping


def scene(lab):
    play = Play(lab, up=False, server_keys={"network": "192.168.50.0/24, 2001:db8:50::/64"})
    play.server.proc.stop()
    play.server.start()
    play.client.profile = play.server.add("anna")
    play.client.up()
    shown = play.laptop.host.run("ip -6 -j addr show dev hw0 scope global").stdout
    address = json.loads(shown)[0]["addr_info"][0]["local"]
    check(address.startswith("2001:db8:50:"), f"the client's permanent IPv6 address is {address}")
    check(ping(play.laptop.host, LAN_HOST6), "it reaches the LAN host by IPv6")
    check(ping(play.lan, address), "the LAN host reaches it (neighbour discovery is answered by home)")
    check(ping(play.lan, play.client.status()["home_address"]), "and by IPv4 as well")
    serve = play.laptop.host.spawn([DOWNLOAD, "serve", address, "9000"], log="service")
    serve.wait_text("ready")
    got = json.loads(play.lan.run([DOWNLOAD, "get", address, "9000", "20000000"]).stdout)
    check(got["bytes"] == 20000000, f"TCP over IPv6, from the client: {got['mbit_s']} Mbit/s")
    download = Download(lab, play.lan, LAN_HOST6, play.laptop.host, 10_000_000, rate_mbit=20)
    up = Stream(lab, play.laptop.host, play.lan, LAN_HOST6, 7003)
    down = Stream(lab, play.lan, play.laptop.host, address, 7004)
    up.flow()
    down.flow()
    play.laptop.move("wan0", "airport")
    play.client.wait_path(play.laptop.address())
    up.flow()
    down.flow()
    for direction, s in (("up", up.stop()), ("down", down.stop())):
        check(s["duplicated"] == 0, describe(f"across a move, {direction}", s))
    download.finish()


if __name__ == "__main__":
    main(scene)
