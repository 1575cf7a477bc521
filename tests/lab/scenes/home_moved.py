#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""At home nothing is protected: a link that moves under the client without loss of carrier is noticed, and from then on
nothing leaves in the clear.

    lan .20, home .2 --+-- home LAN ---+
      | 203.0.113.2                    +-- laptop's port is patched from one to the other:
    [inet] -- [evil twin, NAT] --------+   the same address 192.168.50.61, the same gateway 192.168.50.2
              answers as 192.168.50.2 and .20, with the hardware addresses of the true ones
"""
import re
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import LabError, wait_until
from scenekit import LAN_HOST4, Play, Stream, check, fact, main

COUNTER = """
table ip clear {
    counter seen { }
    chain pre {
        type filter hook prerouting priority -400;
        iifname { "lan", "fake" } ip saddr %s counter name seen
    }
}
"""


def twin(play):
    """Its router has home's hardware address, and the LAN host's beside it: no neighbour entry changes."""
    play.world.site("copycat")
    router = play.world.routers["copycat"]
    router.nft(COUNTER % play.client.address)
    play.world.panel.plug(router, "fake", "copycat", f"{LAN_HOST4}/32")
    router.ip(f"link set lan address {play.world.home.mac('eth0')}", f"link set fake address {play.lan.mac('eth0')}")
    return router


def repatch(play, segment):
    """The plug goes to another switch; the laptop's interface sees nothing of it."""
    play.world.panel.move(play.laptop.host, "wan0", segment)


def carrier_changes(play):
    return int(play.laptop.host.run(["cat", "/sys/class/net/wan0/carrier_changes"]).stdout)


def come_home(play):
    play.client.spawn()
    play.client.wait_state("home")


def moved_during_traffic(play, router):
    up = Stream(play.lab, play.laptop.host, play.lan, LAN_HOST4, 7001, name="moved")
    up.flow()
    before, changes = router.nft_counter("seen"), carrier_changes(play)
    repatch(play, "copycat")
    wait_until(lambda: router.nft_counter("seen") > before, "the twin to see something in the clear")
    play.client.wait_state("registered")
    up.flow()   # the true LAN host receives it again
    check(play.server.binding()["care_of"].startswith("203.0.113.26"), "the client noticed: it is registered through the twin")
    clear = router.nft_counter("seen")
    up.flow()
    check(router.nft_counter("seen") == clear, "the stream arrives at the true host, and not a packet of it is in the clear")
    check(carrier_changes(play) == changes, "the link never lost its carrier")
    fact(f"packets of a 1 ms stream that left in the clear until then: {clear - before}")
    return up


def back_home(play, router, up):
    repatch(play, "home")
    play.client.wait_state("home")
    up.flow()
    check(not play.server.status()["bindings"], "patched back: home again, by itself")
    figures = up.stop()
    check(figures["duplicated"] == 0, "the stream lived through both")


def moved_while_idle(play, router):
    """An idle client is not awake; the first packet is what wakes it."""
    wait_until(lambda: re.search(r"^\S+\s+\d+\s+2\s+0003", play.laptop.host.run(["cat", "/proc/net/packet"]).stdout, re.M),
               "the client to wait for the next packet")
    repatch(play, "copycat")
    check(play.client.state() == "home", "idle while the link moves: nobody notices, nothing leaves")
    play.laptop.host.run(["ping", "-c", "1", "-W", "1", LAN_HOST4], check=False)
    play.client.wait_state("registered")
    check(True, "the first packet brings it out")
    repatch(play, "home")
    play.client.wait_state("home")


def doubted(play, router):
    """A neighbour's hardware address changes: the client asks at once, and stays at home if home answers."""
    asked = play.world.home.capture("eth0", "udp port 434")
    home = play.world.home
    true = home.mac("eth0")
    home.ip("link set eth0 address 02:00:00:00:00:99")
    play.laptop.host.run(["ip", "neigh", "replace", "192.168.50.2", "lladdr", "02:00:00:00:00:99", "nud", "reachable", "dev", "wan0"])
    wait_until(lambda: asked.text() and len(open(asked.pcap, "rb").read()) > 100, "a request")
    check(play.client.state() == "home", "another hardware address of home: asked at once, still home")
    home.ip(f"link set eth0 address {true}")
    play.laptop.host.run(["ip", "neigh", "replace", "192.168.50.2", "lladdr", true, "nud", "reachable", "dev", "wan0"])
    asked.stop()


def never(play, router):
    """at_home = tunnel"""
    play.client.down()
    play.client.set("at_home", "tunnel")
    play.client.up()
    check(play.server.binding()["care_of"].startswith(play.laptop.address()), "at_home = tunnel: registered on the home LAN")
    clear = play.laptop.host.capture("wan0", f"src host {play.client.address}")
    done = play.laptop.host.run(["ping", "-c", "3", "-i", "0.05", "-I", play.client.address, LAN_HOST4])
    if " 0% packet loss" not in done.stdout:
        raise LabError(done.stdout)
    clear.stop()
    found = play.laptop.host.run(["tcpdump", "-nr", clear.pcap], check=False).stdout.strip()
    check(not found, "the LAN host answers, and nothing from the permanent address left in the clear")


def scene(lab):
    play = Play(lab, site="home", up=False)
    router = twin(play)
    come_home(play)
    doubted(play, router)
    up = moved_during_traffic(play, router)
    back_home(play, router, up)
    moved_while_idle(play, router)
    never(play, router)


if __name__ == "__main__":
    main(scene)
