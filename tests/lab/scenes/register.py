#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A client behind NAT registers; home and client reach each other; both ends report it; it leaves tidily.

    lan .20 --+-- home LAN 192.168.50.0/24
    home .2 --+
      | 203.0.113.2
    [inet] -- [cafe NAT] 10.1.0.0/24 -- laptop
"""
import os
import stat
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import wait_until
from scenekit import LAN_HOST4, Play, check, main, ping


def client_fields(play):
    s = play.client.status()
    path = s["path"]
    check(s["state"] == "registered" and s["identity"] == "alice@example.net", "state registered, as alice@example.net")
    check(s["home_address"] == play.client.address, f"home address {s['home_address']}")
    check(path["kind"] == "direct" and path["agent"] == "home" and path["proxy"] is None, "path direct to home, no proxy")
    check(path["local"].split(":")[0] == play.laptop.address(), f"from {path['local']}")
    check(path["remote"].startswith("203.0.113.2:"), f"to {path['remote']}")
    check(s["lifetime_s"] > 0 and s["handovers"] == 0, f"lifetime {s['lifetime_s']} s, no handover yet")
    check({"tx_bytes", "rx_bytes", "tx_packets", "rx_packets"} <= set(s) and not s["drops"]["replay"] and not s["drops"]["auth"],
          "counters are there, nothing dropped")
    sa = s["sa"]
    check(sa["cipher"] == "aes-128-gcm" and int(sa["spi_in"], 16) >= 0x20000000 and int(sa["spi_out"], 16) >= 0x20000000,
          f"association {sa['spi_in']}/{sa['spi_out']} {sa['cipher']}")


def server_fields(play):
    s = play.server.status()
    check(s["realm"] == "example.net" and len(s["bindings"]) == 1, "home server has one binding")
    b = s["bindings"][0]
    check(b["identity"] == "alice@example.net" and b["home_address"] == play.client.address, "it is alice's")
    check(b["care_of"].startswith("203.0.113.18") and b["nat"] is True and b["via"] == "direct",
          f"care-of {b['care_of']}, behind NAT, direct")
    check(s["denied"] == {"unknown": 0, "auth": 0, "replay": 0}, "nobody denied")


def no_secret_shown(play):
    key = play.client.get("key")
    shown = play.client.call("status").stdout + play.client.call("status", "--json").stdout
    shown += play.server.call("status").stdout + play.server.call("status", "--json").stdout + play.server.call("list").stdout
    shown += "".join(p.text() for p in play.lab.procs)
    check(len(key) == 64 and key not in shown, "KEY0 is in no status, list or log")
    for path in (play.client.control, play.server.control):
        check(stat.S_IMODE(os.stat(path).st_mode) == 0o600, f"{os.path.basename(path)} has mode 0600")
    check(stat.S_IMODE(os.stat(play.profile).st_mode) == 0o600, "the profile has mode 0600")


def scene(lab):
    play = Play(lab, up=False)
    routes = play.laptop.host.run("ip route").stdout
    play.client.up()
    client_fields(play)
    server_fields(play)
    check(ping(play.lan, play.client.address), "the LAN host reaches the client by its permanent address")
    check(ping(play.laptop.host, LAN_HOST4), "the client reaches the LAN host")
    s = play.client.status()
    check(s["tx_packets"] >= 6 and s["rx_packets"] >= 6, f"counters: {s['tx_packets']} out, {s['rx_packets']} in")
    check("direct" in play.client.call("paths").stdout, "paths names the path")
    no_secret_shown(play)
    play.client.down()
    wait_until(lambda: not play.server.status()["bindings"], "the binding to go")
    check(play.laptop.host.run("ip route").stdout == routes, "down: binding gone, routes as they were")
    check(play.server.proc.stop() == 0, "the home server ends cleanly on SIGTERM")


if __name__ == "__main__":
    main(scene)
