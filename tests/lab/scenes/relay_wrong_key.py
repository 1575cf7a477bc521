#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The relay holds another KEY2 than home: home says so once, the relay names it as a possible cause, the relay goes on trying, and the right key mends it.

    lan, home -- [fw] -- DMZ relay with a wrong key;  [cafe NAT] -- laptop
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dmz import RelayPlay
from netlab import wait_until
from scenekit import LAN_HOST4, check, main, ping


def key_of(path):
    with open(path) as f:
        return [line.split("=")[1].strip() for line in f if line.startswith("key")][0]


def scene(lab):
    play = RelayPlay(lab, up=False, start_relay=False)
    right = key_of(play.relay.conf)
    play.relay.set("key", "ab" * 32, section=f"home {'example.net'}")
    play.relay.start(ready=False)
    wait_until(lambda: play.server.status()["relays"][0]["refused"] >= 4, "several hellos")
    wait_until(lambda: "does not know our KEY2" in play.relay.proc.text(), "the relay to name the causes")
    home, relay = play.server.proc.text(), play.relay.proc.text()
    check(home.count("under another KEY2") == 1 and "relay dmz1" in home, "home says so, once")
    check(relay.count("does not know our KEY2") == 1, "the relay, which gets no answer, names it as one of two causes, once")
    check(play.relay.status()["admitted"] == 0, "nobody may register there")
    play.relay.kill()
    play.relay.set("key", right, section=f"home {'example.net'}")
    play.relay.start()
    play.client.up()
    check(ping(play.laptop.host, LAN_HOST4), "with the right key: registered, home is reached; home was not restarted")


if __name__ == "__main__":
    main(scene)
