# SPDX-License-Identifier: MIT
"""Tunnels to measure: one module each, and the shape they share.

A tunnel joins two hosts of a Site. After up(), traffic between `away_addr` (the client's inner
address) and `home_addr` (an inner address of the other end) goes through it; down() ends every
process that up() started. up() raises when the tunnel does not come to carry packets.
"""
import os

from netlab import LabError


class Site:
    """The two hosts, the address the client dials, a folder for files, a throwaway PKI."""

    def __init__(self, lab, home, away, home_outer, away_outer, pki=None):
        self.lab, self.home, self.away = lab, home, away
        self.home_outer, self.away_outer, self.pki = home_outer, away_outer, pki


class Tunnel:
    name = ""             # short, for --only and JSON
    title = ""            # for people
    home_addr = ""
    away_addr = ""
    failed = False        # a measurement through it failed: leave it alone

    def __init__(self, site):
        self.site = site
        self.procs = []
        self.dir = os.path.join(site.lab.tmp, f"{self.name}-{site.home.name}")
        os.makedirs(self.dir, mode=0o700, exist_ok=True)

    def up(self):
        raise NotImplementedError

    def down(self):
        for proc in reversed(self.procs):
            proc.stop()
        self.procs = []

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text, mode=0o600):
        """A file of this tunnel's; returns its path."""
        with open(self.path(name), "w", encoding="ascii") as f:
            f.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def start(self, host, who, cmd, env=None):
        proc = host.spawn(cmd, log=f"{self.name}-{who}", env=env)
        self.procs.append(proc)
        return proc

    def ping(self):
        """True once a packet has gone to home and back through the tunnel."""
        for proc in self.procs:
            if not proc.alive():
                raise LabError(f"{proc.name} ended ({proc.popen.returncode}):\n{proc.tail()}")
        return self.site.away.ok(["ping", "-c", "1", "-W", "1", "-I", self.away_addr, self.home_addr])

    def tails(self):
        """The end of each log, for a message that says why up() failed."""
        return "\n".join(f"--- {p.name}\n{p.tail()}" for p in self.procs)
