#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Somebody on the way sends everything again, from other places, and back to where it came from.

    lan, home -- [inet] -- [cafe NAT] -- laptop
                   | records all of it; then replays and reflects
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import quiet_offload, wait_until
from pcap import packets
from scenekit import HOME4, Play, TwoWay, check, describe, main

REPLAY = __file__.rsplit("/", 2)[0] + "/tools/replay.py"
CAFE = "203.0.113.18"


def again(play, capture, *args):
    """Replay from the middle of the internet; returns how many packets were sent."""
    return int(play.world.inet.run([REPLAY, capture.pcap, *args]).stdout)


def scene(lab):
    play = Play(lab, up=False)
    for host, ifname in ((play.laptop.host, "wan0"), (play.world.home, "wan")):
        quiet_offload(host, ifname, offload=False)      # so that single packets are captured
    capture = play.world.inet.capture("home", "udp")
    play.client.up()
    streams = TwoWay(play)
    streams.flow(1000)
    wait_until(lambda: len(list(packets(capture.pcap))) > 2000, "the capture to hold it all")
    capture.stop()
    denied = play.server.status()["denied"]["replay"]
    care_of = play.server.binding()["care_of"]
    for what, args in (
        ("to home, as they were", ["--dst", HOME4]),
        ("to home from another address", ["--dst", HOME4, "--as-src", "100.64.7.7"]),
        ("to the client, as they were", ["--src", HOME4]),
        ("reflected to the client", ["--dst", HOME4, "--reflect"]),
        ("reflected to home", ["--src", HOME4, "--reflect"]),
    ):
        check(True, f"{again(play, capture, *args)} packets {what}")
        streams.flow(200)
    check(play.server.binding()["care_of"] == care_of, f"the binding is where it was: {care_of}")
    s = play.client.status()
    # What is older than the window is taken for a later epoch (RFC 4303 A2) and fails authentication; how much of it is
    # depends on how far the stream has got.
    dropped = s["drops"]["replay"] + s["drops"]["auth"]
    check(s["state"] == "registered" and dropped >= 2000, f"client's drops: {s['drops']}")
    check(play.server.status()["denied"]["replay"] > denied, f"home's refusals: {play.server.status()['denied']}")
    for direction, s in zip(("up", "down"), streams.stop()):
        check(s["lost"] == 0 and s["duplicated"] == 0, describe(direction, s))


if __name__ == "__main__":
    main(scene)
