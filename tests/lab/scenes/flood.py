#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""10,000 unauthenticated registrations a second from many addresses: a tenth of a core, nothing else.

    lan, home -- [inet] -- [cafe NAT] -- laptop (served)
                   | floods home with sources from 100.64.0.0/10: garbage, forged and bent registrations
"""
# alone
import json
import os
import subprocess
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import program, tool, wait_until
from pcap import registrations
from scenekit import HOME4, Play, TwoWay, check, describe, fact, main

RATE, COUNT = 10_000, 100_000


def sanitized():
    return "libasan" in subprocess.run(["ldd", program("homeward-server")], capture_output=True, text=True).stdout


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


def scene(lab):
    play = Play(lab, up=False)
    template = capture_template(play)
    server = play.server.proc
    flood(play, "mixed", "434", template, 20_000)
    memory, cpu, octets = server.rss_kib(), server.cpu_s(), counters(play, "wan")
    streams = TwoWay(play)
    quiet_cpu = server.cpu_s()
    streams.flow(2000)
    per_packet = (server.cpu_s() - quiet_cpu) / 4000
    before = server.cpu_s(), streams.up.received() + streams.down.received()
    seconds = 0.0
    for port in ("434", "4500"):
        sent = flood(play, "mixed", port, template, COUNT // 2)
        seconds += sent["seconds"]
        check(sent["sent"] == COUNT // 2 and sent["seconds"] < 1.1 * COUNT / 2 / RATE,
              f"port {port}: {sent['sent']} packets in {sent['seconds']:.1f} s")
    served = streams.up.received() + streams.down.received() - before[1]
    cpu = server.cpu_s() - before[0] - served * per_packet
    now = counters(play, "wan")
    streams.flow(500)
    for way, s in zip(("up", "down"), streams.stop()):
        check(s["lost"] == 0 and s["duplicated"] == 0, describe(way, s))
    share = cpu / seconds
    # The sanitizers make everything dear, and AddressSanitizer keeps what is freed for a while.
    limit, growth = (1.0, 256 * 1024) if sanitized() else (0.1, 1024)
    check(share <= limit, f"the flood cost the home server {100 * share:.1f} % of a core (its streams' share taken off)")
    check(server.rss_kib() - memory <= growth, f"memory {memory} KiB before, {server.rss_kib()} KiB after")
    fact(f"octets in {now[0] - octets[0]}, out {now[1] - octets[1]}")
    check(now[1] - octets[1] <= now[0] - octets[0], "no amplification: less went out than came in")
    check(play.server.binding()["care_of"].startswith("203.0.113.18"), f"the binding has not moved; {play.server.status()['denied']}")


if __name__ == "__main__":
    main(scene)
