#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Directly while that works; by the relay when the firewall closes; directly again, without a packet lost, when it
opens. Without trust in relays: never by one.

    lan, home -- [fw, UDP to home opened and closed] -- [inet] -- [cafe NAT] -- laptop
                  |
                 DMZ -- relay
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dmz import RelayPlay
from netlab import wait_until
from scenekit import LAN_HOST4, Download, TwoWay, check, describe, fact, main


def scene(lab):
    play = RelayPlay(lab, direct=True)
    check(play.client.status()["path"]["kind"] == "direct", "both ways are open: direct")
    wait_until(lambda: len(play.relay.status()["visitors"]) == 1, "the client to stand by at the relay")
    check(play.server.status()["bindings"][0]["via"] == "direct", "which leaves the binding where it is")
    download = Download(lab, play.lan, LAN_HOST4, play.laptop.host, 30_000_000, rate_mbit=20)
    download.progress()
    streams = TwoWay(play, name="closing")
    play.world.direct(False)
    play.wait_kind("relay")
    streams.flow(300)
    up, down = streams.stop()
    fact(describe("the firewall closes, up", up))
    fact(describe("the firewall closes, down", down))
    check(True, "by the relay, though only one direction was closed and the other went on")
    streams = TwoWay(play, name="opening")
    play.world.direct(True)
    play.wait_kind("direct")
    streams.flow(300)
    up, down = streams.stop()
    check(up["lost"] + down["lost"] == 0, "the firewall opens: direct again, not a packet lost")
    download.finish()
    play.client.down()
    play.client.set("trust_relay", "no")
    play.client.up()
    play.world.direct(False)
    ups = play.relay.status()["counters"]["up_packets"]
    until_noticed(play)
    check(play.client.status()["path"]["kind"] == "direct" and play.relay.status()["counters"]["up_packets"] == ups,
          "trust_relay = no: nothing goes by the relay")


def until_noticed(play):
    """Traffic that finds no way, until the client has noticed."""
    ping = play.laptop.host.spawn(["ping", "-i", "0.1", LAN_HOST4], log="ping-dead")
    wait_until(lambda: play.client.state() != "registered", "the client to notice")
    ping.stop()


if __name__ == "__main__":
    main(scene)
