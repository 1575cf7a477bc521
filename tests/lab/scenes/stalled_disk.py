#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The disk under the home server's state stalls, then fails: registrations are refused, and nobody's packets notice.

    lan, home (state on a disk that stalls and fails) -- [inet] -- [cafe NAT] -- laptop (alice), bob's
"""
import json
import os
import signal
import socket
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import LabError, wait_until
from product import Client, Server
from scenekit import TwoWay, check, describe, main, ping
from topology import World

CANNOT, CAN, REFUSED = "can't be written", "can be written again", "bob@example.net refused"


class Fragile:
    """Like scenekit.Play, with the state on the disk; bob is a client that has not come yet."""

    def __init__(self, lab):
        self.lab = lab
        self.world = World(lab)
        self.lan = self.world.lan
        self.disk = lab.disk("fragile")
        self.server = Server(lab, self.world.home)
        self.server.init()
        self.server.set("state", os.path.join(self.disk.path, "state"))
        self.profile = self.server.add("alice")
        bobs = self.server.add("bob")
        self.server.add("carol")
        self.server.start()
        self.laptop, other = self.world.laptop(), self.world.laptop("bobs")
        for laptop in (self.laptop, other):
            laptop.plug("wan0", "cafe")
        self.client = Client(lab, self.laptop, self.profile).up()
        self.bob = Client(lab, other, bobs, name="bob")

    def count(self, text):
        return self.server.proc.text().count(text)

    def wait_logged(self, text, times=1):
        wait_until(lambda: self.count(text) >= times, f"the home server to log {text!r} for the {times}. time")


class Ask:
    """A request by the control socket whose answer may take its time."""

    def __init__(self, play, **request):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(play.server.control)
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        self.socket.setblocking(False)

    def is_answered(self):
        try:
            return bool(self.socket.recv(4096, socket.MSG_PEEK))
        except BlockingIOError:
            return False


def stall(play, streams):
    play.disk.stall()
    play.bob.spawn()
    play.wait_logged(REFUSED)
    check("code 130" in play.server.proc.text(), "the disk stalls: a registration is refused with 130 when it has waited")
    unload = Ask(play, command="unload", name="carol")
    play.wait_logged("carol@example.net removed")
    play.server.proc.kill(signal.SIGHUP)
    streams.flow(1000)
    check(play.server.binding() and len(play.server.status()["bindings"]) == 1, "status is answered, alice's streams flow")
    check(not unload.is_answered(), "a client is removed at once; that its slot is idle is not said")
    check(play.count("configuration reloaded") == 0, "the configuration is not read yet")
    play.disk.go_on()
    wait_until(unload.is_answered, "the answer about the slot")
    play.wait_logged("configuration reloaded")
    play.bob.wait_state("registered")
    check(play.count(CANNOT) == 0, "the disk goes on: bob registers, both are answered; nothing failed, and no failure is logged")
    check(ping(play.lan, play.bob.address), "bob is reached")


def fail(play, streams):
    before = play.count(REFUSED)
    play.disk.fail(os.path.join(play.disk.path, "state", "replay.db"))
    play.bob.call("roam", check=False)
    play.wait_logged(REFUSED, before + 1)
    play.client.call("roam", check=False)
    streams.flow(1000)
    check(play.count(CANNOT) == 1, "the disk fails at the sync: refused with 130, logged once, alice's streams flow")
    play.disk.repair()
    play.bob.call("roam", check=False)
    play.wait_logged(CAN)
    check(ping(play.lan, play.bob.address), "the disk works again: bob registers")
    check((play.count(CANNOT), play.count(CAN)) == (1, 1), "which is logged once")


def end(play):
    """Stopped while the disk stalls, it goes as far as it can."""
    before = play.count(REFUSED)
    play.disk.stall()
    play.bob.call("roam", check=False)
    play.wait_logged(REFUSED, before + 1)
    play.server.proc.kill(signal.SIGTERM)
    play.wait_logged("does not answer")
    check(not play.world.home.ok("ip link show hw0"), "stopped while the disk stalls: the tunnel device is gone all the same")
    play.disk.go_on()
    if play.server.proc.wait() != 0:
        raise LabError(f"the home server ended with {play.server.proc.popen.returncode}:\n{play.server.proc.tail()}")
    check(True, "and the process ends when the disk goes on")


def scene(lab):
    play = Fragile(lab)
    streams = TwoWay(play)
    stall(play, streams)
    fail(play, streams)
    for way, s in zip(("up", "down"), streams.stop()):
        check(s["lost"] == 0, describe(way, s))
    end(play)


if __name__ == "__main__":
    main(scene)
