#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The control socket of a daemon that was killed: clear words, and the next start is not hindered.

    lan, home -- [inet] -- [cafe NAT] -- laptop
"""
import os
import re
import signal
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from scenekit import Play, check, main, one_line, ping


def says_not_running(host, who, cmd):
    done = host.run(cmd, check=False)
    line = one_line(done.stderr)
    check(done.returncode == 1 and re.search("not running|no daemon|nobody", line), f"{who}: {line}")


def scene(lab):
    play = Play(lab, up=False, client_keys={"routes": "all"})
    routes = play.laptop.host.run("ip route").stdout
    rules = play.laptop.host.run("ip rule").stdout
    says_not_running(play.laptop.host, "status before up", play.client.cmd("status"))
    play.client.up()
    play.client.proc.kill(signal.SIGKILL)
    play.client.proc.wait()
    check(os.path.exists(play.client.control), "the killed client leaves its socket")
    says_not_running(play.laptop.host, "status of a killed client", play.client.cmd("status"))
    check("was not running" in play.client.call("down").stdout, "down of a killed client removes the rules that it left")
    says_not_running(play.laptop.host, "down once more", play.client.cmd("down"))
    play.client.up()
    check(ping(play.lan, play.client.address), "up again works")
    play.client.down()
    after = play.laptop.host.run("ip route").stdout
    check(sorted(after.split()) == sorted(routes.split()) and play.laptop.host.run("ip rule").stdout == rules,
          "and down leaves routes and rules as they were before it all")
    play.server.kill()
    says_not_running(play.world.home, "status of a killed server", play.server.cmd("status"))
    play.server.start()
    check(True, "the server starts again over its dead socket")


if __name__ == "__main__":
    main(scene)
