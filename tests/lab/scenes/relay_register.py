#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Home's firewall passes protocol 4 from the relay and nothing else; the client registers by the relay.

    lan, home -- [fw] -- [inet] -- [cafe NAT] -- laptop
                  |
                 DMZ -- relay
"""
import os
import stat
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dmz import RELAY4, RELAY_DMZ4, RelayPlay
from netlab import wait_until
from scenekit import LAN_HOST4, Download, check, main, ping


def client_says(play):
    s = play.client.status()
    path = s["path"]
    check(s["state"] == "registered" and path["kind"] == "relay" and path["agent"] == "dmz1", "client: registered by relay dmz1")
    check(path["remote"].split(":")[0] == RELAY4, f"client: sends to {path['remote']}")
    check("dmz1" in play.client.call("paths").stdout, "client: paths names the relay")


def server_says(play):
    s = play.server.status()
    b = s["bindings"][0]
    check(b["via"] == "relay dmz1" and b["care_of"].split(":")[0] == RELAY_DMZ4, f"home: via {b['via']}, {b['care_of']}")
    relay = s["relays"][0]
    check(relay["linked"] and relay["told_all"] and relay["refused"] == 0, "home: the relay is there and knows all clients")
    return b


def relay_says(play, b):
    s = play.relay.status()
    check(s["home"]["link"] == "up" and s["admitted"] == 1, "relay: home is there, one client may register")
    v = s["visitors"]
    check(len(v) == 1 and v[0]["client"].startswith("203.0.113.18:"), f"relay: one visitor, {v[0]['client']}")
    check(v[0]["port"] == int(b["care_of"].split(":")[1]), f"relay: port {v[0]['port']} stands for it, home sees the same")


def no_secret_shown(play):
    key0 = play.client.get("key")
    with open(play.relay.conf) as f:
        key2 = [line.split("=")[1].strip() for line in f if line.startswith("key")][0]
    shown = "".join(play.relay.call("status", *how).stdout for how in ((), ("--json",)))
    shown += play.relay.call("check").stdout + play.relay.said + "".join(p.text() for p in play.lab.procs)
    check(len(key2) == 64 and key0 not in shown and key2 not in shown, "KEY0 and KEY2 are in no status, check or log")
    check("alice" not in play.relay.call("status", "--json").stdout + play.relay.proc.text(), "the relay has no name")
    check(stat.S_IMODE(os.stat(play.relay.conf).st_mode) == 0o600, "relay.conf has mode 0600")


def scene(lab):
    play = RelayPlay(lab)
    client_says(play)
    relay_says(play, server_says(play))
    check(ping(play.lan, play.client.address), "the LAN host reaches the client by its permanent address")
    check(ping(play.laptop.host, LAN_HOST4), "the client reaches the LAN host")
    Download(lab, play.lan, LAN_HOST4, play.laptop.host, 20_000_000).finish()
    Download(lab, play.laptop.host, play.client.address, play.lan, 5_000_000, port=8081).finish()
    check(play.world.dropped() == 0, "the firewall dropped nothing that was meant for home")
    no_secret_shown(play)
    play.client.down()
    wait_until(lambda: not play.server.status()["bindings"], "the binding to go")
    wait_until(lambda: not play.relay.status()["visitors"], "the relay's entry to go")
    check(play.relay.proc.stop() == 0 and play.server.proc.stop() == 0, "relay and home server end cleanly on SIGTERM")


if __name__ == "__main__":
    main(scene)
