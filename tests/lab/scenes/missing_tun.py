#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Without /dev/net/tun, or without the capability to use it, both daemons say what is missing.

    lan, home -- [inet] -- [cafe NAT] -- laptop
"""
import re
import shlex
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from scenekit import Play, check, main, one_line


def without_tun(cmd):
    return ["unshare", "-m", "sh", "-c", "mount -t tmpfs none /dev/net && exec " + shlex.join(cmd)]


def without_capability(cmd):
    return ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin", "--", *cmd]


def says(host, who, cmd, words):
    done = host.run(cmd, check=False)
    line = one_line(done.stderr, last=who.startswith("homeward-server"))
    check(done.returncode == 1 and re.search(words, line, re.I), f"{who}: {line}")


def scene(lab):
    play = Play(lab, up=False)
    play.server.proc.stop()
    up = play.client.cmd("up", play.profile, "--timeout", "60")
    run = play.server.cmd("run")
    for host, who, cmd in ((play.laptop.host, "homeward", up), (play.world.home, "homeward-server", run)):
        says(host, f"{who} without /dev/net/tun", without_tun(cmd), "/dev/net/tun|TUN")
        says(host, f"{who} without CAP_NET_ADMIN", without_capability(cmd), "CAP_NET_ADMIN|capabilit|root")
    play.server.start()
    play.client.up()
    check(True, "with both it works")


if __name__ == "__main__":
    main(scene)
