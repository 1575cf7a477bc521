# SPDX-License-Identifier: MIT
"""OpenVPN 2.6 over UDP or TCP, AES-256-GCM, its own defaults otherwise."""
from netlab import wait_until

from . import Tunnel

COMMON = """
dev tun
proto {proto}
ca {ca}
cert {cert}
key {key}
data-ciphers AES-256-GCM
disable-dco
verb 3
"""
HOME = """
mode server
tls-server
dh none
topology subnet
push "topology subnet"
port 1194
ifconfig 10.80.1.1 255.255.255.0
ifconfig-pool 10.80.1.2 10.80.1.9
keepalive 10 60
"""
AWAY = """
client
nobind
remote {home} 1194
remote-cert-tls server
"""


class OpenVpn(Tunnel):
    name = "openvpn"
    title = "OpenVPN 2.6 UDP, AES-256-GCM"
    home_addr, away_addr = "10.80.1.1", "10.80.1.2"
    protos, more = {"home": "udp", "away": "udp"}, {"home": "", "away": "float\n"}

    def _conf(self, who, text):
        pki = self.site.pki
        head = COMMON.format(ca=pki.path("ca.crt"), cert=pki.path(who + ".crt"),
                             key=pki.path(who + ".key"), proto=self.protos[who])
        return self.write(who + ".conf", head + text.format(home=self.site.home_outer) + self.more[who])

    def up(self):
        site = self.site
        self.start(site.home, "home", ["openvpn", "--config", self._conf("home", HOME)])
        self.start(site.away, "away", ["openvpn", "--config", self._conf("away", AWAY)])
        wait_until(self.ping, "OpenVPN to carry a packet")


class OpenVpnTcp(OpenVpn):
    name = "openvpn-tcp"
    title = "OpenVPN 2.6 TCP, AES-256-GCM"
    protos, more = {"home": "tcp-server", "away": "tcp-client"}, {"home": "", "away": ""}
