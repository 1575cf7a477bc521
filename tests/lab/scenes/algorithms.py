#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every cipher and every group can be had; home's order counts; without a common one the client gets an error.

    lan, home -- [inet] -- [cafe NAT] -- laptop
"""
import re
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from scenekit import LAN_HOST4, Play, check, main, one_line, ping

PAIRS = (("aes-128-gcm", "x25519"), ("aes-256-gcm", "p256"), ("chacha20-poly1305", "p384"), ("aes-256-gcm", "modp2048"))


def each_pair(play):
    for cipher, group in PAIRS:
        play.client.set("ciphers", cipher)
        play.client.set("groups", group)
        play.client.up()
        used = play.client.status()["sa"]["cipher"]
        check(used == cipher and ping(play.laptop.host, LAN_HOST4), f"{group}, {used}: registered, packets pass")
        play.client.down()


def restart_with(play, ciphers, groups):
    play.server.proc.stop()
    play.server.set("ciphers", ciphers)
    play.server.set("groups", groups)
    play.server.start()


def scene(lab):
    play = Play(lab, up=False)
    each_pair(play)
    play.client.set("ciphers", None)
    play.client.set("groups", None)
    restart_with(play, "chacha20-poly1305", "p384")
    play.client.up()
    check(play.client.status()["sa"]["cipher"] == "chacha20-poly1305" and ping(play.laptop.host, LAN_HOST4),
          "home allows only p384 and chacha20-poly1305: the client, which began with another group, follows")
    play.client.down()
    play.client.set("ciphers", "aes-128-gcm")
    done = play.client.call("up", play.profile, "--timeout", "60", check=False)
    line = one_line(done.stderr)
    check(done.returncode == 1 and re.search("proposal|acceptable", line), f"no common cipher: {line}")
    check(re.search("alice@example.net refused.*proposal", play.server.proc.text()), "and home's log says so")


if __name__ == "__main__":
    main(scene)
