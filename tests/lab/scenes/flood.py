#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""10,000 unauthenticated registrations a second from many addresses: a tenth of a core, nothing else.

    lan, home -- [inet] -- [cafe NAT] -- laptop (served)
                   | floods home with sources from 100.64.0.0/10: garbage, forged and bent registrations
"""
# alone
import json
import os
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import tool, wait_until
from pcap import registrations
from scenekit import HOME4, Play, TwoWay, check, describe, main, sanitized

RATE, COUNT = 10_000, 50_000


def capture_template(play):
    """A true registration, as somebody on the way could have recorded it."""
    capture = play.world.inet.capture("home", "udp")
    play.client.up()
    wait_until(lambda: registrations(capture.pcap), "a registration in the capture")
    capture.stop()
    path = os.path.join(play.lab.tmp, "template")
    with open(path, "wb") as f:
        f.write(registrations(capture.pcap)[-1].payload)
    return path


def flood(play, kind, port, template, count=COUNT):
    cmd = [tool("flood"), kind, "100.64.0.0/10", HOME4, port, RATE, count, template]
    return json.loads(play.world.inet.run(cmd, timeout=60).stdout)


def counters(play, name):
    """Octets (received, sent) of an interface of the home server's host."""
    for line in play.world.home.run(["cat", "/proc/net/dev"]).stdout.splitlines():
        if line.strip().startswith(name + ":"):
            words = line.split(":")[1].split()
            return int(words[0]), int(words[8])
    raise KeyError(name)


def cost(play, template):
    """The flood by itself: what it costs the home server, in CPU time, memory and octets sent."""
    server, seconds = play.server.proc, 0.0
    flood(play, "mixed", "434", template, 20_000)
    memory, octets, start = server.rss_kib(), counters(play, "wan"), server.cpu_s()
    for port in ("434", "4500"):
        sent = flood(play, "mixed", port, template)
        seconds += sent["seconds"]
        check(sent["sent"] == COUNT and sent["seconds"] < 1.1 * COUNT / RATE,
              f"port {port}: {sent['sent']} packets in {sent['seconds']:.1f} s")
    share, now = (server.cpu_s() - start) / seconds, counters(play, "wan")
    # The sanitizers make everything dear, and AddressSanitizer keeps what is freed for a while.
    limit, growth = (1.0, 256 * 1024) if sanitized() else (0.1, 1024)
    check(share <= limit, f"it costs the home server {100 * share:.1f} % of a core")
    check(server.rss_kib() - memory <= growth, f"memory {memory} KiB before, {server.rss_kib()} KiB after")
    came, went = now[0] - octets[0], now[1] - octets[1]
    check(went <= came, f"no amplification: {came} octets came, {went} went out")


def worst(play, template):
    """Only bent copies of a recorded registration: each names a true SPI."""
    start = play.server.proc.cpu_s()
    seconds = flood(play, "template", "434", template, COUNT // 2)["seconds"]
    share = (play.server.proc.cpu_s() - start) / seconds
    check(share <= (1.0 if sanitized() else 0.1), f"all of them bent copies of a recorded one: {100 * share:.1f} % of a core")


def served(play, template):
    """The flood while a client's streams run: nothing of theirs is lost."""
    streams = TwoWay(play)
    flood(play, "mixed", "434", template)
    flood(play, "mixed", "4500", template)
    streams.flow(500)
    for way, s in zip(("up", "down"), streams.stop()):
        check(s["lost"] == 0 and s["duplicated"] == 0, describe(way, s))


def scene(lab):
    play = Play(lab, up=False)
    template = capture_template(play)
    cost(play, template)
    worst(play, template)
    served(play, template)
    denied = play.server.status()["denied"]
    check(play.server.binding()["care_of"].startswith("203.0.113.18"), f"the binding has not moved; {denied}")
    check(denied["auth"] > 0 and denied["auth"] + denied["replay"] > COUNT and denied["unknown"] > 0,
          "home counted the forged and the bent ones")


if __name__ == "__main__":
    main(scene)
