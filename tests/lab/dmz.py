# SPDX-License-Identifier: MIT
"""Home behind a firewall, with a relay in a DMZ.

    lan   192.168.50.20 --+
    home  192.168.50.2  --+-- home LAN -- .1 [fw] .1 -- DMZ 192.168.60.0/24 -- relay 192.168.60.10
                                             |          (stranger 192.168.60.66)    and 203.0.113.10
                                             | 203.0.113.2
                                          [inet] -- the sites of topology.py

The firewall lets UDP 434 and 4500 to the relay's public address, and IP protocol 4 between relay and home;
what it drops on the way inwards it counts.  direct() opens or closes UDP to the home server itself, whose
public address is then 203.0.113.3.
"""
import json
import os
import signal

from netlab import program, wait_until
from product import Client, Server, gone, set_key
from topology import HOME_LAN4, World

RELAY4, RELAY_DMZ4, STRANGER4, DIRECT4 = "203.0.113.10", "192.168.60.10", "192.168.60.66", "203.0.113.3"

FIREWALL = f"""
table ip hw {{
    counter inside_dropped {{ }}
    counter icmp_dropped {{ }}
    counter ipip_in {{ }}
    counter ipip_out {{ }}
    counter udp_direct {{ }}
    chain direct {{ drop; }}
    chain ipip {{ accept; }}
    chain pre {{
        type nat hook prerouting priority -100;
        iifname "wan" ip daddr {DIRECT4} udp dport {{ 434, 4500 }} dnat to {HOME_LAN4}
    }}
    chain forward {{
        type filter hook forward priority 0; policy drop;
        iifname "wan" oifname "dmz" ip daddr {RELAY4} udp dport {{ 434, 4500 }} accept
        iifname "dmz" oifname "wan" ip saddr {RELAY4} udp sport {{ 434, 4500 }} accept
        iifname "dmz" oifname "lan" ip saddr {RELAY_DMZ4} ip daddr {HOME_LAN4} ip protocol 4 counter name ipip_in jump ipip
        iifname "lan" oifname "dmz" ip saddr {HOME_LAN4} ip daddr {RELAY_DMZ4} ip protocol 4 counter name ipip_out jump ipip
        iifname "wan" oifname "lan" ip daddr {HOME_LAN4} udp dport {{ 434, 4500 }} counter name udp_direct jump direct
        iifname "lan" oifname "wan" ip saddr {HOME_LAN4} udp sport {{ 434, 4500 }} accept
        oifname "lan" ip protocol icmp counter name icmp_dropped drop
        oifname "lan" counter name inside_dropped drop
    }}
}}
"""


class DmzWorld(World):
    def _home_lan(self):
        super()._home_lan()
        self.fw = self.lab.host("fw", forward=True)
        self.panel.plug(self.fw, "lan", "home", ["192.168.50.1/24"])
        self.home.ip("route add default via 192.168.50.1")

    def _uplink(self, delay_ms):
        wan, inet = ["203.0.113.2/29", f"{DIRECT4}/29"], ["203.0.113.1/29"]
        wire = None
        if delay_ms:
            wire = self.lab.delay_link(self.inet, "home", self.fw, "wan", delay_ms, inet, wan)
        else:
            self.lab.link(self.inet, "home", self.fw, "wan", inet, wan)
        self.fw.ip("route add default via 203.0.113.1")
        self._dmz()
        self.fw.nft(FIREWALL)
        return wire

    def _dmz(self):
        self.panel.segment("dmz")
        self.panel.plug(self.fw, "dmz", "dmz", "192.168.60.1/24")
        self.relay = self.lab.host("relay")
        self.panel.plug(self.relay, "eth0", "dmz", [f"{RELAY_DMZ4}/24"])
        self.relay.ip(f"addr add {RELAY4}/32 dev lo", "route add default via 192.168.60.1")
        self.fw.ip(f"route add {RELAY4}/32 via {RELAY_DMZ4}")
        self.inet.ip(f"route add {RELAY4}/32 via 203.0.113.2")

    def stranger(self):
        """Another host in the DMZ."""
        h = self.lab.host("stranger")
        self.panel.plug(h, "eth0", "dmz", f"{STRANGER4}/24")
        h.ip("route add default via 192.168.60.1")
        return h

    def _switch(self, chain, verdict):
        self.fw.nft(f"flush chain ip hw {chain}\nadd rule ip hw {chain} {verdict}\n")

    def direct(self, open_):
        """UDP from outside to the home server passes, or not."""
        self._switch("direct", "accept" if open_ else "drop")

    def inwards(self, open_):
        """Protocol 4 between relay and home passes, or not."""
        self._switch("ipip", "accept" if open_ else "drop")

    def dropped(self):
        """Packets for the home network that the firewall dropped, but for ICMP errors: a host whose relay was
        killed says "protocol unreachable"."""
        return self.fw.nft_counter("inside_dropped")


class Relay:
    """homeward-relay in a host; its configuration comes from `homeward-server add-relay`."""

    def __init__(self, lab, host, server, name="dmz1", address=RELAY_DMZ4, public=RELAY4, home=HOME_LAN4):
        self.lab, self.host, self.name = lab, host, name
        self.conf = os.path.join(lab.tmp, f"{name}.conf")
        self.control = os.path.join(lab.tmp, f"{name}.sock")
        self.proc = None
        self.said = server.call("add-relay", name, "--address", address, "--public", public, "--home", home,
                                "-o", self.conf).stdout

    def set(self, key, value, section="relay"):
        set_key(self.conf, section, key, value)

    def cmd(self, verb, *args):
        return [program("homeward-relay"), verb, "-c", self.conf, "--control", self.control, *args]

    def call(self, verb, *args, check=True):
        return self.host.run(self.cmd(verb, *args), check=check)

    def spawn(self):
        self.proc = self.host.spawn(self.cmd("run"), log=self.name)
        return self.proc

    def answers(self):
        return self.host.ok(self.cmd("status", "--json"))

    def status(self):
        return json.loads(self.call("status", "--json").stdout)

    def start(self, ready=True):
        """Start; ready: until it has home's list of clients."""
        self.spawn()
        wait_until(lambda: self.answers() or gone(self.proc), f"{self.name} to answer status")
        if ready:
            self.wait_admitted()
        return self

    def wait_admitted(self):
        wait_until(lambda: self.status()["home"]["told_all"], "home's list of clients at the relay")

    def kill(self, sig=signal.SIGKILL):
        self.proc.kill(sig)
        return self.proc.wait()


class RelayPlay:
    """The usual start: a home server and a relay that run, one laptop that is registered by the relay."""

    def __init__(self, lab, site="cafe", delay_ms=0.0, up=True, direct=False, server_keys=None, relay_keys=None,
                 client_keys=None, relay_known=True, start_relay=True):
        self.lab = lab
        self.world = DmzWorld(lab, delay_ms)
        self.world.direct(direct)
        self.server = Server(lab, self.world.home)
        self.server.init(public=(DIRECT4,))
        for key, value in (server_keys or {}).items():
            self.server.set(key, value)
        if not relay_known:
            self.profile = self.server.add("alice")
        self.relay = Relay(lab, self.world.relay, self.server)
        for key, value in (relay_keys or {}).items():
            self.relay.set(key, value)
        if relay_known:
            self.profile = self.server.add("alice")
        self.server.start()
        if start_relay:
            self.relay.start()
        self.laptop = self.world.laptop()
        if site:
            self.laptop.plug("wan0", site)
        self.client = Client(lab, self.laptop, self.profile)
        for key, value in (client_keys or {}).items():
            self.client.set(key, value)
        if up:
            self.client.up()

    @property
    def lan(self):
        return self.world.lan

    def another(self, name, site="cafe"):
        """One more client on a laptop of its own."""
        laptop = self.world.laptop(f"laptop-{name}")
        laptop.plug("wan0", site)
        return Client(self.lab, laptop, self.server.add(name), name=name)

    def wait_kind(self, kind):
        wait_until(lambda: (self.client.status()["path"] or {}).get("kind") == kind, f"the path to be {kind}")
