#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The multiplexer's certificate: another authority's, expired, for another name; then the right one. Said each time.

    lan, home and mux -- [inet] -- [hotel NAT, TCP 443 alone] -- laptop
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

import signal

from fallback import MuxPlay, arrive
from netlab import wait_until
from pki import Authority
from scenekit import HOME4, check, main, ping, LAN_HOST4

TARGETS = {"home": "127.0.0.1:4500"}


def refused(play, what, identity, word):
    play.mux.write(identity, ("https://0.0.0.0:443", "http://0.0.0.0:80"), TARGETS)
    play.mux.proc.kill(signal.SIGHUP)
    wait_until(lambda: word in play.trouble(), f"the status to say {word}")
    check(play.client.state() != "registered", f"{what}: {play.trouble()}")
    said = [line for line in play.client.proc.text().splitlines() if word in line]
    check(len(said) == 1, "    in the log once")


def scene(lab):
    play = MuxPlay(lab)
    play.router("hotel")
    play.world.gate("hotel", tcp="443")
    play.mux.write(Authority(lab, "other").issue("other", HOME4), ("https://0.0.0.0:443", "http://0.0.0.0:80"), TARGETS)
    play.mux.proc.kill(signal.SIGHUP)
    play.go("hotel")
    play.client.spawn()
    wait_until(play.client.state, "the client to answer")
    refused(play, "of another authority", Authority(lab, "stranger").issue("other", HOME4), "issuer")
    refused(play, "expired", play.authority.issue("old", HOME4, days=-1), "expired")
    refused(play, "for another name", play.authority.issue("elsewhere", "192.0.2.1", "elsewhere.example.net"), "another name")
    play.mux.write(play.identity, ("https://0.0.0.0:443", "http://0.0.0.0:80"), TARGETS)
    play.mux.proc.kill(signal.SIGHUP)
    play.client.call("roam")
    arrive(play, "hotel", "https", method="connect-udp")
    check(ping(play.laptop.host, LAN_HOST4), "with the right one: registered, home is reached")
    check(play.trouble() == "", "and there is no trouble any more")


if __name__ == "__main__":
    main(scene)
