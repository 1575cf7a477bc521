#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Floods of unauthenticated registrations from many addresses: no memory, no amplification, clients are served.

    lan, home -- [inet] -- [cafe NAT] -- laptop (served)
                   | floods home with sources from 100.64.0.0/10: garbage, forged and bent registrations
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from floodkit import capture_template, flood
from scenekit import Play, TwoWay, check, describe, main, sanitized

COUNT = 15_000      # tests/bench judges what each costs (flood)


def counters(play, name):
    """Octets (received, sent) of an interface of the home server's host."""
    for line in play.world.home.run(["cat", "/proc/net/dev"]).stdout.splitlines():
        if line.strip().startswith(name + ":"):
            words = line.split(":")[1].split()
            return int(words[0]), int(words[8])
    raise KeyError(name)


def cost(play, template):
    """What stays of a flood in the home server, and what it answers."""
    server = play.server.proc
    flood(play, "mixed", "434", template, COUNT)
    memory, octets = server.rss_kib(), counters(play, "wan")
    for kind, port in (("mixed", "434"), ("mixed", "4500"), ("template", "434")):
        sent = flood(play, kind, port, template, COUNT)
        check(sent["sent"] == COUNT, f"port {port}, {kind}: {sent['sent']} packets")
    growth = 256 * 1024 if sanitized() else 1024     # AddressSanitizer keeps what is freed for a while
    check(server.rss_kib() - memory <= growth, f"memory {memory} KiB before, {server.rss_kib()} KiB after")
    now = counters(play, "wan")
    came, went = now[0] - octets[0], now[1] - octets[1]
    check(went <= came, f"no amplification: {came} octets came, {went} went out")


def served(play, template):
    """The flood while a client's streams run."""
    streams = TwoWay(play)
    for port in ("434", "4500"):
        flood(play, "mixed", port, template, COUNT)
        streams.flow(500)
    for direction, s in zip(("up", "down"), streams.stop()):
        check(s["duplicated"] == 0, describe(direction, s))


def scene(lab):
    play = Play(lab, up=False)
    template = capture_template(play)
    cost(play, template)
    served(play, template)
    denied = play.server.status()["denied"]
    check(play.server.binding()["care_of"].startswith("203.0.113.18"), f"the binding has not moved; {denied}")
    check(denied["auth"] > 0 and denied["auth"] + denied["replay"] > COUNT and denied["unknown"] > 0,
          "home counted the forged and the bent ones")


if __name__ == "__main__":
    main(scene)
