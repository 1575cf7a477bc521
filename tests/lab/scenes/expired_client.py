#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A client whose account has ended is refused with the reason; while it lasted it was served.

    lan, home -- [inet] -- [cafe NAT] -- laptop
"""
import re
import time
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from product import Client
from scenekit import Play, check, main, one_line, ping


def stamp(seconds_from_now):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds_from_now))


def scene(lab):
    play = Play(lab, up=False)
    for name, expires, served in (("late", stamp(-3600), False), ("early", stamp(3600), True)):
        client = Client(lab, play.laptop, play.server.add(name, "--expires", expires), name=name)
        done = client.call("up", client.profile, "--timeout", "60", check=False)
        if served:
            check(done.returncode == 0 and ping(play.lan, client.address), f"account until {expires}: served")
        else:
            line = one_line(done.stderr)
            check(done.returncode == 1 and re.search("expired", line, re.I), f"account until {expires}: {line}")
        client.call("down", check=False)


if __name__ == "__main__":
    main(scene)
