#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A second `up` with the same control socket or the same interface says so and disturbs nothing.

    lan, home -- [inet] -- [cafe NAT] -- laptop
"""
import re
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from product import Client
from scenekit import Play, TwoWay, check, describe, main, one_line


def scene(lab):
    play = Play(lab)
    streams = TwoWay(play)
    done = play.client.call("up", play.profile, check=False)
    line = one_line(done.stderr)
    check(done.returncode == 1 and re.search("already|running", line), f"same control socket: {line}")
    other = Client(lab, play.laptop, play.profile, name="other")
    done = other.call("up", play.profile, "--timeout", "60", check=False)
    line = one_line(done.stderr)
    check(done.returncode == 1 and "hw0" in line, f"another control socket, same interface: {line}")
    streams.flow(200)
    for direction, s in zip(("up", "down"), streams.stop()):
        check(s["lost"] == 0, describe(direction, s))
    second = play.world.home.run(play.server.cmd("run"), check=False)
    line = one_line(second.stderr, last=True)
    check(second.returncode == 1 and re.search("another homeward-server|already|running", line), f"second home server: {line}")
    check(play.server.answers() and play.client.state() == "registered", "the first ones run on")


if __name__ == "__main__":
    main(scene)
