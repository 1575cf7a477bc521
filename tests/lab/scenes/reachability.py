#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Home attracts packets for a client that is away: gratuitous ARP, proxy ARP, and none of it after.

    lan .20 --+-- home LAN; a capture runs on lan's eth0
    home .2 --+
      | 203.0.113.2
    [inet] -- [cafe NAT] 10.1.0.0/24 -- laptop (permanent address 192.168.50.x)
"""
import json
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import wait_until
from scenekit import DOWNLOAD, Play, check, main, ping, tshark


def scene(lab):
    play = Play(lab, up=False)
    capture = play.lan.capture("eth0", "arp")
    play.client.up()
    address, mac = play.client.address, play.world.home.mac("eth0")
    gratuitous = f"arp.src.proto_ipv4 == {address} && arp.dst.proto_ipv4 == {address} && arp.src.hw_mac == {mac}"
    wait_until(lambda: tshark(capture.pcap, "-Y", gratuitous), "a gratuitous ARP for the client")
    check(True, f"gratuitous ARP: {address} is at {mac}, the home server")
    server = play.laptop.host.spawn([DOWNLOAD, "serve", address, "22"], log="service")
    server.wait_text("ready")
    done = play.lan.run([DOWNLOAD, "get", address, "22", "1000000"])
    check(json.loads(done.stdout)["bytes"] == 1000000, "the LAN host opens a TCP connection to the client")
    check(mac in play.lan.run(["ip", "neigh", "show", address]).stdout, "its ARP answer came from the home server")
    play.client.down()
    play.lan.run(["ip", "neigh", "flush", "all"])
    check(not ping(play.lan, address, count=1, timeout=1), "after down nobody answers for the address")
    state = play.lan.run(["ip", "neigh", "show", address]).stdout
    check(mac not in state, "proxy ARP has stopped")


if __name__ == "__main__":
    main(scene)
