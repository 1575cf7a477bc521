#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The disk under the home server's state is full: one clear message, nothing lost, well again after.

    lan, home (state on a 256 KiB tmpfs) -- [inet] -- [cafe NAT] -- laptop
"""
import os
import re
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from product import Client, Server
from scenekit import TwoWay, check, describe, main, one_line, ping
from topology import World


def fill(path):
    """Write until nothing more fits; returns the file's name."""
    name = os.path.join(path, "filler")
    fd = os.open(name, os.O_CREAT | os.O_WRONLY)
    for size in (4096, 1):
        try:
            while True:
                os.write(fd, b"x" * size)
        except OSError:
            pass
    os.close(fd)
    return name


class Small:
    """Like scenekit.Play, with the state on a small file system."""

    def __init__(self, lab):
        self.lab = lab
        self.world = World(lab)
        self.lan = self.world.lan
        self.server = Server(lab, self.world.home)
        self.server.init()
        self.state = lab.tmpfs("state", "256k")
        self.server.set("state", self.state)
        self.profile = self.server.add("alice")
        self.server.start()
        self.laptop = self.world.laptop()
        self.laptop.plug("wan0", "cafe")
        self.client = Client(lab, self.laptop, self.profile).up()


def scene(lab):
    play = Small(lab)
    streams = TwoWay(play)
    filler = fill(play.state)
    done = play.server.call("add", "bob", "-o", os.path.join(lab.tmp, "bob.hw"), check=False)
    line = one_line(done.stderr)
    check(done.returncode == 1 and re.search("No space left", line), f"add on a full disk: {line}")
    play.client.call("roam", check=False)
    streams.flow(1000)
    check(play.server.proc.alive(), "the home server runs on, streams flow")
    os.unlink(filler)
    listed = play.server.call("list").stdout
    check("alice" in listed and "bob" not in listed, "alice is still listed, bob is not")
    play.server.add("bob")
    check("bob" in play.server.call("list").stdout, "with space again the same add works")
    for direction, s in zip(("up", "down"), streams.stop()):
        check(s["lost"] == 0, describe(direction, s))
    play.server.kill()
    play.server.start()
    play.client.wait_state("registered")
    play.client.call("roam")
    check(ping(play.lan, play.client.address, count=5) or ping(play.lan, play.client.address), "and a restart finds it all")


if __name__ == "__main__":
    main(scene)
