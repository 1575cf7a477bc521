#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The client's clock is wrong by a day: it goes by home's time, for which it asks first, and registers all the same.

    lan, home -- [inet] -- [cafe NAT] -- laptop, whose programs see another time of day (libfaketime)
"""
import glob
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import LabError, wait_until
from pcap import registrations
from scenekit import Play, check, main, ping


NTP_UNIX = 2208988800


def asks_time(octets):
    """A question for home's time: vendor extension 28, the first one."""
    return octets[24:34] == bytes([38, 0, 0, 6]) + (32473).to_bytes(4, "big") + bytes([0, 28])


def wrong_clock(offset):
    found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    if not found:
        raise LabError("libfaketime is missing (Debian package libfaketime)")
    return {"LD_PRELOAD": found[0], "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "ASAN_OPTIONS": "verify_asan_link_order=0"}


def scene(lab):
    play = Play(lab, up=False)
    capture = play.world.inet.capture("home", "udp")
    for offset, words in (("-1d", "a day slow"), ("+1d", "a day fast")):
        play.client.env = wrong_clock(offset)
        seen = int(play.laptop.host.run(["date", "+%s"], env=play.client.env).stdout)
        true = int(play.laptop.host.run(["date", "+%s"]).stdout)
        check(abs(abs(true - seen) - 86400) < 5, f"the client's clock is {words}")
        play.client.up()
        check(ping(play.lan, play.client.address), f"{words}: registered and reached")
        play.client.down()
    wait_until(lambda: [p for p in registrations(capture.pcap, 3) if p.payload[1] == 133], "a reply with code 133 in the capture")
    check(True, "home answered 133 (identification mismatch) with its time")
    seconds = [int.from_bytes(p.payload[16:20], "big") - NTP_UNIX for p in registrations(capture.pcap, 1) if not asks_time(p.payload)]
    now = int(play.lan.run(["date", "+%s"]).stdout)
    check(seconds and all(abs(s - now) < 120 for s in seconds), f"none of {len(seconds)} registrations shows the client's clock")


if __name__ == "__main__":
    main(scene)
