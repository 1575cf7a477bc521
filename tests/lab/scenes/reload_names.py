#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The home server's configuration has names, and the name server dies: nobody's packets wait for it.

    lan, name server 192.168.50.20 --+
    home, public home.example.net, --+-- [fw, DNAT 203.0.113.3 to home] -- [inet] -- [cafe NAT] -- laptop
    relay relay.example.net

The client's registrations name 203.0.113.3, which home knows to be its own by looking up its public name alone.
"""
import os
import re
import signal
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dmz import DIRECT4, RELAY4, RELAY_DMZ4, DmzWorld
from netlab import HERE, wait_until
from product import Client, Server
from scenekit import LAN_HOST4, check, fact, main, ping
from topology import HOME_LAN4

HOME, RELAY = "home.example.net", "relay.example.net"
DEAD = """
table inet dead {
    counter questions { }
    chain in {
        type filter hook input priority 0;
        udp dport 53 counter name questions drop
    }
}
"""


class NamePlay:
    def __init__(self, lab):
        self.world = DmzWorld(lab)
        self.world.direct(True)
        self.lan = self.world.lan
        self.world.home.etc("resolv.conf", f"nameserver {LAN_HOST4}\n")
        self.dns = self.lan.spawn([os.path.join(HERE, "tools", "dns.py"), LAN_HOST4, f"{HOME}={DIRECT4}",
                                   f"{RELAY}={RELAY4}"], log="dns")
        self.dns.wait_text("ready")
        self.server = Server(lab, self.world.home).init(public=(HOME,))
        self.server.call("add-relay", "dmz1", "--address", RELAY_DMZ4, "--public", RELAY, "--home", HOME_LAN4,
                         "-o", os.path.join(lab.tmp, "dmz1.conf"))
        profile = self.server.add("alice")
        self.server.start()
        laptop = self.world.laptop()
        laptop.plug("wan0", "cafe")
        self.client = Client(lab, laptop, profile)
        self.client.set("home", DIRECT4)
        self.client.set("relay", None)

    def said(self):
        """What the log says about names."""
        return [line for line in self.server.proc.text().splitlines() if re.search(f"{HOME}|{RELAY}", line)]

    def relays(self):
        """What home tells the client of relays is an endpoint of paths it may use."""
        return self.client.call("paths").stdout

    def kill_resolver(self):
        self.lan.nft(DEAD)

    def asked_in_vain(self):
        return self.lan.nft_counter("questions")

    def reload(self):
        """Returns when a question is on its way that nobody will answer."""
        asked = self.asked_in_vain()
        self.server.proc.kill(signal.SIGHUP)
        wait_until(lambda: self.asked_in_vain() > asked, "a question to the dead name server")


def answered_while_pending(play):
    """Reloads; was a ping through the tunnel answered before the log says what came of the look-up?"""
    said = len(play.said())
    play.reload()
    answered = ping(play.client.host, LAN_HOST4, count=1, timeout=60)
    pending = len(play.said()) == said
    wait_until(lambda: len(play.said()) > said, "the log to say what came of the look-up")
    return answered and pending


def reloads(play):
    wait_until(lambda: answered_while_pending(play), "a ping to be answered while the look-up was pending")
    fact("reloaded with a dead name server: a ping is answered while the look-up is pending")
    said = len(play.said())
    play.reload()
    wait_until(lambda: len(play.said()) > said, "the log to say what came of the look-up")
    new = play.said()[said:]
    check(len(new) == 1 and "stay in force" in new[0], f"one line says what came of it: {new[0].strip()}")
    play.client.down()
    play.client.up()
    check(ping(play.client.host, LAN_HOST4), "what the name stood for stays in force: a registration that names it is accepted")
    check(RELAY4 in play.relays(), "and replies name the relay by its address still")


def starts(play):
    play.server.kill()
    play.server.start()
    said = len(play.said())
    play.client.call("roam")
    wait_until(play.server.binding, "the client to register with the new server")
    check(ping(play.client.host, LAN_HOST4), "started with a dead name server: the client is served")
    wait_until(lambda: len(play.said()) > said, "the log to say that no address is known")
    check("no address is known" in play.said()[-1], f"the log: {play.said()[-1].strip()}")
    play.lan.nft("delete table inet dead\n")
    play.server.proc.wait_text("all public names are looked up")
    check(True, "the name server is back: it was asked again by itself")
    play.client.call("roam")
    wait_until(lambda: RELAY4 in play.relays(), "the client to know the relay again")


def scene(lab):
    play = NamePlay(lab)
    wait_until(lambda: all(f"{name} 1 " in play.dns.text() for name in (HOME, RELAY)), "both names to be looked up")
    play.client.up()
    check(ping(play.client.host, LAN_HOST4), "the client is registered, home's public name was looked up")
    check(not play.said(), "the log has nothing to say about names")
    play.kill_resolver()
    reloads(play)
    starts(play)


if __name__ == "__main__":
    main(scene)
