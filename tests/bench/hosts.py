# SPDX-License-Identifier: MIT
"""The hosts of a measurement, in a Lab: a plain pair, and a client that can move between two NATs."""
import os

from peers import Site
from peer_pki import Pki


def pair(lab, name="", pki=True):
    """Two hosts joined by one cable."""
    home, away = lab.host("home" + name), lab.host("away" + name)
    lab.link(home, "eth0", away, "eth0", "203.0.113.2/24", "203.0.113.1/24")
    return Site(lab, home, away, "203.0.113.2", "203.0.113.1",
                Pki(os.path.join(lab.tmp, "pki" + name)) if pki else None)


MASQUERADE = """
table ip nat {
	chain post {
		type nat hook postrouting priority srcnat
		oifname "out0" masquerade
	}
}
"""


class Roaming:
    """home -- delay -- internet -- NAT a, NAT b; the client's uplinks hang on one or both.

        home 203.0.113.2 ==20 ms== internet 203.0.113.1
                                     | 198.51.100.0/28   nat-a 10.1.0.1/24 -- segment a
                                     | 198.51.100.16/28  nat-b 10.2.0.1/24 -- segment b
    """
    nets = {"a": 1, "b": 2}

    def __init__(self, lab, delay_ms=20.0):
        self.lab = lab
        home, away = lab.host("home"), lab.host("away")
        net = lab.host("internet", forward=True)
        self.wire = lab.delay_link(home, "eth0", net, "home0", delay_ms, "203.0.113.2/24", "203.0.113.1/24")
        home.ip("route add default via 203.0.113.1")
        self.switch = lab.switch("switch")
        for name, number in self.nets.items():
            self._nat(net, name, number)
        self.away = away
        self.switch.plug(away, "eth0", "a", "10.1.0.2/24")
        self.switch.plug(away, "eth1", "b", "10.2.0.2/24")
        away.ip("link set eth1 down", "route add default via 10.1.0.1 metric 200")
        self.site = Site(lab, home, away, "203.0.113.2", "10.1.0.2", Pki(os.path.join(lab.tmp, "pki")))

    def _nat(self, net, name, number):
        nat = self.lab.host("nat-" + name, forward=True)
        base = 16 * (number - 1)
        self.lab.link(nat, "out0", net, "net-" + name, f"198.51.100.{base + 2}/28", f"198.51.100.{base + 1}/28")
        nat.ip(f"route add default via 198.51.100.{base + 1}")
        nat.nft(MASQUERADE)
        self.switch.segment(name)
        self.switch.plug(nat, "in0", name, f"10.{number}.0.1/24")

    def move(self, to):
        """A function that ends one uplink and starts the other at the same instant."""
        old, new = ("eth1", "eth0") if to == "a" else ("eth0", "eth1")
        number = self.nets[to]
        return self.away.prepare(f"link set {old} down", f"link set {new} up",
                                 f"route add default via 10.{number}.0.1 metric 200").go

    def better_uplink(self):
        """Network b too, as the better one; network a still works."""
        self.away.ip("link set eth1 up", "route add default via 10.2.0.1 metric 100")

    def drop_first(self):
        self.away.ip("link set eth0 down")
