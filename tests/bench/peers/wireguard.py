# SPDX-License-Identifier: MIT
"""wireguard-go: WireGuard in user space (there may be no kernel module here)."""
import os

from netlab import wait_until

from . import Tunnel

HOME_IF, AWAY_IF = "hwbwgh", "hwbwga"    # distinct: the control sockets share one folder


class WireGuardGo(Tunnel):
    name = "wireguard-go"
    title = "wireguard-go"
    home_addr, away_addr = "10.80.4.1", "10.80.4.2"

    def _keys(self, host, who):
        private = host.run("wg genkey").stdout
        self.write(who + ".key", private)
        return host.run("wg pubkey", stdin=private).stdout.strip()

    def _device(self, host, who, ifname, addr):
        control = f"/var/run/wireguard/{ifname}.sock"
        self.start(host, who, ["wireguard-go", "-f", ifname], env={"LOG_LEVEL": "error"})
        wait_until(lambda: os.path.exists(control), f"{ifname}'s control socket")
        host.ip(f"addr add {addr}/24 dev {ifname}", f"link set {ifname} up")

    def up(self):
        home, away = self.site.home, self.site.away
        home_pub, away_pub = self._keys(home, "home"), self._keys(away, "away")
        self._device(home, "home", HOME_IF, self.home_addr)
        self._device(away, "away", AWAY_IF, self.away_addr)
        home.run(["wg", "set", HOME_IF, "listen-port", "51820", "private-key", self.path("home.key"),
                  "peer", away_pub, "allowed-ips", self.away_addr + "/32"])
        away.run(["wg", "set", AWAY_IF, "private-key", self.path("away.key"), "peer", home_pub,
                  "endpoint", self.site.home_outer + ":51820", "allowed-ips", self.home_addr + "/32"])
        wait_until(self.ping, "wireguard-go to carry a packet")
