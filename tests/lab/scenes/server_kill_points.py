#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Killed at random points of adding clients and of registrations, home loses no client and no replay state.

    lan, home (killed again and again) -- [inet] -- [cafe NAT] -- laptop
    inet also replays the first visit's registrations
"""
import os
import random
import signal
import subprocess
import time
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import LabError, wait_until
from pcap import registrations
from scenekit import LAN_HOST4, Play, check, main, ping

ADDS, KILLS = 40, 12


def kill_during_add(play, rng, n, took_s):
    """One `add` that is killed somewhere in its life; True when it had already said yes."""
    path = os.path.join(play.lab.tmp, f"c{n}.hw")
    p = play.world.home.popen(play.server.cmd("add", f"c{n}", "-o", path), stdout=subprocess.DEVNULL)
    time.sleep(rng.uniform(0, took_s * 1.2))
    try:
        os.killpg(p.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return p.wait() == 0


def add_points(play, rng):
    start = time.monotonic()
    play.server.add("measure")
    took_s = time.monotonic() - start
    sure = ["alice", "measure"] + [f"c{n}" for n in range(ADDS) if kill_during_add(play, rng, n, took_s)]
    listed = play.server.call("list").stdout
    missing = [name for name in sure if f"{name}@" not in listed and f"{name} " not in listed]
    check(not missing, f"{ADDS} adds killed at random, {len(sure) - 2} had said yes, all of those are listed")
    again = [n for n in range(ADDS) if f"c{n}" not in sure]
    for n in again[:5]:
        if f"c{n}@" not in listed:
            play.server.add(f"c{n}")
    check(True, "names whose add was killed can be added again")


def registration_points(play, rng):
    for _ in range(KILLS):
        play.client.call("roam", check=False)
        time.sleep(rng.uniform(0, 0.02))
        play.server.kill()
        play.server.start()
        wait_until(lambda: ping(play.laptop.host, LAN_HOST4, count=1, timeout=1), "the client's traffic to pass again")
        if not play.server.binding():
            raise LabError("traffic passes without a binding")
    check(True, f"{KILLS} kills around a registration: bound again with the next traffic, every time")


def replay_after_kill(play, capture):
    old = registrations(capture.pcap)
    before = play.server.status()["denied"]["replay"]
    binding = play.server.binding()
    play.world.inet.run([REPLAY, capture.pcap, "--registrations", "--dst", "203.0.113.2", "--as-src", "203.0.113.66"])
    wait_until(lambda: play.server.status()["denied"]["replay"] >= before + 1, "the replays to be counted")
    after = play.server.binding()
    check(after["care_of"] == binding["care_of"],
          f"{len(old)} registrations recorded before the kills and sent again: refused, binding unmoved")


REPLAY = __file__.rsplit("/", 2)[0] + "/tools/replay.py"


def scene(lab):
    seed = int(os.environ.get("HOMEWARD_SEED", "1"))
    rng = random.Random(seed)
    check(True, f"seed {seed} (HOMEWARD_SEED)")
    play = Play(lab, up=False)
    play.world.web()
    capture = play.world.inet.capture("home", "udp and src host 203.0.113.18")
    play.client.up()
    wait_until(lambda: registrations(capture.pcap), "a captured registration")
    capture.stop()
    add_points(play, rng)
    registration_points(play, rng)
    replay_after_kill(play, capture)
    play.client.down()
    play.client.up()
    check(ping(play.lan, play.client.address), "after all of it the client registers again and is reached")
    if "Traceback" in play.server.proc.text():
        raise LabError("unexpected output")


if __name__ == "__main__":
    main(scene)
