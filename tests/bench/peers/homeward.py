# SPDX-License-Identifier: MIT
"""Homeward itself: the home server at one end, a co-located client at the other."""
import ipaddress
import json
import os

from netlab import LabError, program, wait_until

from . import Tunnel


REALM = "bench.example"


def network(prefix, bits):
    return ipaddress.ip_network(f"{prefix}.0/{bits}", strict=False)


class Homeward(Tunnel):
    name = "homeward"
    title = "Homeward"
    server = client = None

    def __init__(self, site, prefix="192.168.50", bits=24, pin=None):
        """pin: a CPU number; the server is kept on it."""
        super().__init__(site)
        self.prefix, self.bits, self.pin = prefix, bits, pin
        self.home_addr, self.away_addr = prefix + ".2", prefix + ".101"
        self.conf, self.profile = self.path("server.conf"), self.path("away.hw")
        self.server_control, self.client_control = self.path("server.sock"), self.path("client.sock")

    def server_cmd(self, *argv):
        return [program("homeward-server"), "-c", self.conf, "--control", self.server_control, *argv]

    def client_cmd(self, *argv):
        return [program("homeward"), "--control", self.client_control, *argv]

    def prepare(self):
        """The home link (the server's LAN address stands on it), the configuration, one client."""
        home = self.site.home
        lan = self.site.lab.host(home.name + "-lan")
        self.site.lab.link(home, "lan0", lan, "eth0", f"{self.home_addr}/{self.bits}",
                           f"{self.prefix}.20/{self.bits}")
        home.run([program("homeward-server"), "init", "-d", self.dir, "--realm", REALM, "--network",
                  f"{network(self.prefix, self.bits)}", "--lan", "lan0", "--public", self.site.home_outer])
        home.run(self.server_cmd("add", "away", "--address", self.away_addr, "-o", self.profile))

    def start_server(self):
        pin = ["taskset", "-c", str(self.pin)] if self.pin is not None else []
        self.server = self.start(self.site.home, "server", pin + self.server_cmd("run"))
        wait_until(lambda: self.site.home.ok(self.server_cmd("status")), "homeward-server to answer")

    def start_client(self):
        self.client = self.start(self.site.away, "client",
                                 self.client_cmd("up", "--foreground", "--state", self.dir, self.profile))
        wait_until(self.ping, "Homeward to carry a packet")

    def up(self):
        self.prepare()
        self.start_server()
        self.start_client()

    def status(self):
        return json.loads(self.site.away.run(self.client_cmd("status", "--json")).stdout)

    def server_status(self):
        return json.loads(self.site.home.run(self.server_cmd("status", "--json")).stdout)

    def unpin(self):
        """Let the server use every CPU again."""
        os.sched_setaffinity(self.server.pid, range(os.cpu_count()))


MUX = """[mux]
listen = https://0.0.0.0:443
certificate = {crt}
key = {key}
[target home]
address = {home}:4500
"""


class ByHttps(Homeward):
    """With a multiplexer on the home server's host."""
    name, title = "homeward-https", "Homeward by https"
    paths, method = "https", "connect-udp"

    def mux_cmd(self, *argv):
        return [program("homeward-mux"), "-c", self.path("mux.conf"), "--control", self.path("mux.sock"), *argv]

    def prepare(self):
        super().prepare()
        pki = self.site.pki
        self.write("mux.conf", MUX.format(crt=pki.path("home.crt"), key=pki.path("home.key"), home=self.home_addr))
        with open(self.profile, "a", encoding="ascii") as f:
            f.write(f"mux = https://{self.site.home_outer}/home\nmux_ca = {pki.path('ca.crt')}\npaths = {self.paths}\n")

    def start_server(self):
        super().start_server()
        self.mux = self.start(self.site.home, "mux", self.mux_cmd("run"))
        wait_until(lambda: self.site.home.ok(self.mux_cmd("status")), "homeward-mux to answer")

    def start_client(self):
        super().start_client()
        self.check_method()

    def check_method(self):
        """What is measured is the carrier that was asked about, and none that it fell back to."""
        path = self.status()["path"] or {}
        if self.method and (path.get("kind"), path.get("method")) != (self.paths, self.method):
            raise LabError(f"the path is {path.get('kind')} by {path.get('method')}, not {self.paths} by {self.method}")


class ByAuto(ByHttps):
    """Free to choose: UDP where it passes, https where not."""
    name, title, paths, method = "homeward-auto", "Homeward", "auto", None
