# SPDX-License-Identifier: MIT
"""ocserv and openconnect: TLS for control, DTLS or the same TLS for data; certificate authentication."""
import os

from netlab import wait_until

from . import Tunnel

HOME = """
auth = "certificate"
cert-user-oid = 2.5.4.3
tcp-port = 4443
{udp}run-as-user = nobody
run-as-group = nogroup
socket-file = {dir}/ocserv.sock
server-cert = {home_crt}
server-key = {home_key}
ca-cert = {ca}
isolate-workers = false
max-clients = 4
max-same-clients = 4
keepalive = 300
dpd = 60
device = hwbvpns
ipv4-network = 10.80.2.0
ipv4-netmask = 255.255.255.0
try-mtu-discovery = false
use-occtl = false
pid-file = {dir}/ocserv.pid
"""

# The usual vpnc-script would rewrite the machine's resolv.conf; this sets the interface and no more.
SCRIPT = """#!/bin/sh
[ "$reason" = connect ] || exit 0
ip link set "$TUNDEV" mtu "$INTERNAL_IP4_MTU" up
ip addr add "$INTERNAL_IP4_ADDRESS" peer 10.80.2.1 dev "$TUNDEV"
echo "$INTERNAL_IP4_ADDRESS" >{dir}/away.addr
"""


class Ocserv(Tunnel):
    name = "ocserv"
    title = "ocserv + openconnect, DTLS"
    home_addr = "10.80.2.1"
    udp, options, agreed = "udp-port = 4443\n", [], "Established DTLS"

    def up(self):
        site, pki = self.site, self.site.pki
        for folder in (site.lab.tmp, self.dir):
            os.chmod(folder, 0o711)    # ocserv's workers run as nobody
        conf = self.write("ocserv.conf", HOME.format(
            dir=self.dir, home_crt=pki.path("home.crt"), home_key=pki.path("home.key"),
            ca=pki.path("ca.crt"), udp=self.udp))
        self.start(site.home, "home", ["ocserv", "-f", "-c", conf])
        wait_until(lambda: ":4443" in site.home.run("ss -ltn").stdout, "ocserv to listen")
        script = self.write("ifup", SCRIPT.format(dir=self.dir), 0o700)
        self.client = self.start(site.away, "away", [
            "openconnect", "--cafile", pki.path("ca.crt"), "--resolve", f"home.bench:{site.home_outer}",
            "-c", pki.path("away.crt"), "-k", pki.path("away.key"), "--script", script,
            "--interface", "hwboc", "--non-inter", *self.options, "https://home.bench:4443/"])
        wait_until(self._carries, f"openconnect to carry a packet: {self.agreed}")

    def _carries(self):
        """Up, over what is meant (until DTLS is agreed the same session runs over TLS), and answering."""
        if self.agreed not in self.client.text() or not os.path.exists(self.path("away.addr")):
            return False
        with open(self.path("away.addr"), encoding="ascii") as f:
            self.away_addr = f.read().strip()
        return self.ping()


class OcservTls(Ocserv):
    name = "ocserv-tls"
    title = "ocserv + openconnect, TLS only"
    udp, options, agreed = "", ["--no-dtls"], "Connected to"
