#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every mistake in a configuration or on a command line has one line that says where and what.

    home, laptop: nothing is sent in this scene
"""
import os
import re
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import LabError, program
from product import Client, Server
from scenekit import check, main, one_line
from topology import World

SERVER = (  # what is replaced in server.conf, by what, what the line must name besides FILE:LINE
    (r"^listen\b", "lissten", "listen"), (r"^\[server\]", "[serverr]", r"\[?server\b"),
    (r"^network = .*", "network = 192.168.50.0/33", "network|192.168.50.0/33"),
    (r"^public = .*", "public =", "public"), (r"^realm\b", "realmm", "realm"),
    (r"^(realm = .*)", r"\1\n\1", "realm"), (r"^interface\b.*", "interface = a-name-far-too-long-for-linux", "interface"),
    (r"^(\[server\])", r"\1\nmetrics = nowhere", "metrics|nowhere"),
)
PROFILE = (
    (r"^address\b", "adress", "address"), (r"^\[client\]", "[klient]", "client"),
    (r"^(key = .*).$", r"\1", "key|64"), (r"^(key = ).(.*)", r"\1g\2", "key|hex"),
    (r"^address = .*", "address = 192.168.50.300", "address|192.168.50.300"),
    (r"^home = .*", "home = 203.0.113.2:70000", "home|70000"), (r"^spi = .*", "spi = 0x1", "spi"),
    (r"^(\[client\])", r"\1\nroutes = homme", "homme|routes"),
    (r"^(\[client\])", r"\1\npaths = diract", "direct|paths"),
)


def mistake(host, cmd, path, good, rule, what):
    pattern, replacement, names = rule
    bad, count = re.subn(pattern, replacement, good, count=1, flags=re.M)
    if count != 1 or bad == good:
        raise LabError(f"{what}: nothing matches {pattern}")
    with open(path, "w") as f:
        f.write(bad)
    os.chmod(path, 0o600)
    done = host.run(cmd, check=False)
    line = one_line(done.stderr)
    where = re.search(re.escape(path) + r":\d+", line)
    check(done.returncode == 1 and where and re.search(names, line.replace(path, "")), f"{what}: {line.replace(path, os.path.basename(path))}")


def mistakes(host, cmd, path, rules, what):
    with open(path) as f:
        good = f.read()
    check(host.run(cmd, check=False).returncode == 0, f"{what}: check finds nothing wrong with the original")
    for rule in rules:
        mistake(host, cmd, path, good, rule, what)
    with open(path, "w") as f:
        f.write(good)


def usage(host, name):
    for args in (["frobnicate"], ["status", "--no-such-option"], []):
        done = host.run([program(name), *args], check=False)
        check(done.returncode == 2 and done.stderr.strip(), f"{name} {' '.join(args)}: exit 2, {done.stderr.splitlines()[0]}")
    for arg in ("--help", "--version"):
        done = host.run([program(name), arg], check=False)
        check(done.returncode == 0 and done.stdout.strip(), f"{name} {arg}: exit 0, {done.stdout.splitlines()[0]}")


def scene(lab):
    world = World(lab)
    server = Server(lab, world.home).init()
    client = Client(lab, world.laptop(), server.add("alice"))
    mistakes(world.home, server.cmd("check"), server.conf, SERVER, "homeward-server check")
    mistakes(client.host, [program("homeward"), "check", client.profile], client.profile, PROFILE, "homeward check")
    for cmd in (["homeward", "check", "/nowhere/alice.hw"], ["homeward-server", "check", "-c", "/nowhere/server.conf"]):
        done = world.home.run([program(cmd[0]), *cmd[1:]], check=False)
        check(done.returncode == 1 and "/nowhere/" in done.stderr, f"{' '.join(cmd)}: {one_line(done.stderr)}")
    os.chmod(client.profile, 0o644)
    done = client.call("up", client.profile, check=False)
    check(done.returncode == 1 and client.profile in done.stderr, f"a profile others may read: {one_line(done.stderr).replace(lab.tmp, '...')}")
    for name in ("homeward", "homeward-server"):
        usage(world.home, name)


if __name__ == "__main__":
    main(scene)
