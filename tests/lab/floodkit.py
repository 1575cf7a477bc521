# SPDX-License-Identifier: MIT
"""Floods of registrations that nobody could authenticate, from many addresses."""
import json
import os

from netlab import tool, wait_until
from pcap import registrations
from topology import HOME4

SOURCES, RATE = "100.64.0.0/10", 10_000     # packets a second


def capture_template(play):
    """A true registration, as somebody on the way could have recorded it; the client is up after it."""
    capture = play.world.inet.capture("home", "udp")
    play.client.up()
    wait_until(lambda: registrations(capture.pcap), "a registration in the capture")
    capture.stop()
    path = os.path.join(play.lab.tmp, "template")
    with open(path, "wb") as f:
        f.write(registrations(capture.pcap)[-1].payload)
    return path


def flood(play, kind, port, template, count):
    """kind: "mixed" (garbage, forged and bent ones) or "template" (bent copies, each of a true SPI).  What was sent, and
    in how many seconds."""
    cmd = [tool("flood"), kind, SOURCES, HOME4, port, RATE, count, template]
    return json.loads(play.world.inet.run(cmd).stdout)
