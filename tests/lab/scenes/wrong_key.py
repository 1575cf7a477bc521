#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A client with a wrong KEY0, and one that home does not know, get no answer, and are told what both causes of that are;
the right one works on.

    lan, home -- [inet] -- [cafe NAT] -- laptop (alice, right), tablet (bob, wrong key; carol, unknown)
"""
import sys
import time
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import wait_until
from product import Client
from scenekit import Play, check, main, one_line, ping


BOTH = "not reachable, or does not know this key"


def refused(client):
    """`up` ends within its 15 s by default."""
    began = time.monotonic()
    done = client.call("up", client.profile, check=False)
    check(done.returncode == 1, f"{client.name}: up exits 1 after {time.monotonic() - began:.0f} s")
    line = one_line(done.stderr)
    check(BOTH in line, f"and says: {line}")
    wait_until(lambda: BOTH in (client.status().get("reason") or ""), "both causes in the status")
    check(client.state() == "registering", f"status says: {client.status()['reason']}")
    client.call("down", check=False)


def scene(lab):
    play = Play(lab)
    tablet = play.world.laptop("tablet")
    tablet.plug("wan0", "cafe")
    bob = Client(lab, tablet, play.server.add("bob"), name="bob")
    bob.set("key", "5a" * 32)
    refused(bob)
    wait_until(lambda: play.server.status()["denied"]["auth"] > 0, "the refusal to be counted")
    check(True, f"home counts it: {play.server.status()['denied']}")
    carol = Client(lab, tablet, play.server.add("carol"), name="carol")
    play.server.call("remove", "carol")
    refused(carol)
    wait_until(lambda: play.server.status()["denied"]["unknown"] > 0, "the stranger to be counted")
    check(play.server.status()["denied"]["unknown"] > 0, "and the client that was removed")
    check(play.client.state() == "registered" and ping(play.lan, play.client.address), "alice is served as before")


if __name__ == "__main__":
    main(scene)
