# SPDX-License-Identifier: MIT
"""Homeward with its datagrams carried by coturn (RFC 8656) in the place of our relay: the same client, the same
home server, the same sealed packets, in ChannelData.

turncarry, on the router between client and TURN server, does what a client with TURN built in would: it puts
four octets before each datagram and sends it, a datagram a system call as TURN clients do ("single"), or, better
than those, whole batches by segmentation offload ("batch"). coturn stands where our relay stands, and is asked
for no authentication.
"""
from netlab import program, wait_until

from .homeward import REALM, Homeward

PORT, SHIM_PORT = 3478, 4500


class Turned(Homeward):
    def __init__(self, relayed, how, prefix):
        """relayed: the tunnel by our relay, whose hosts are used."""
        self.name = f"turned-{how}"
        super().__init__(relayed.site, prefix=prefix)
        self.relayed, self.how = relayed, how
        self.title = "the same tunnel by coturn" + (", batched" if how == "batch" else "")

    def prepare(self):
        """A second home network, without a home link, so that both tunnels can stand at once."""
        home = self.site.home
        home.ip(f"addr add {self.home_addr}/32 dev lo")
        home.run([program("homeward-server"), "init", "-d", self.dir, "--realm", REALM, "--network", f"{self.prefix}.0/24",
                  "--public", self.relayed.MID, "--interface", "hw1", "--listen", "0.0.0.0:7434, 0.0.0.0:7500"])
        home.run(self.server_cmd("add", "away", "--address", self.away_addr, "-o", self.profile))
        r = self.relayed
        with open(self.profile, encoding="ascii") as f:
            lines = [line for line in f if not line.startswith(("home =", "relay ="))]
        with open(self.profile, "w", encoding="ascii") as f:
            f.writelines(lines + [f"home = {r.MID}:{SHIM_PORT}\n", "paths = direct\n", "interface = hw1\n"])

    def start_server(self):
        super().start_server()
        r = self.relayed
        self.start(r.host, "coturn", ["turnserver", "-n", "--no-auth", "--no-tls", "--no-dtls", "--no-cli", "--no-tcp",
                                      "-L", r.OUTSIDE, "-p", str(PORT), "-E", r.INSIDE, "--log-file", "stdout", "--simple-log",
                                      "--pidfile", self.path("pid"), "-b", self.path("turndb")])
        wait_until(lambda: str(PORT) in r.host.run("ss -lun").stdout, "turnserver to listen")
        carry = self.start(r.mid, "turncarry", [program("tests/turncarry"), self.how, str(SHIM_PORT), f"{r.OUTSIDE}:{PORT}", f"{r.HOME}:7500"])
        carry.wait_text("ready")
