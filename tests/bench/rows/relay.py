# SPDX-License-Identifier: MIT
"""The relay: one TCP stream through it against OpenVPN's direct one and against what coturn forwards; packets a
second on one core, one visitor against 10,000; their memory; registrations relayed.

The stream runs client - relay - home, each a host of its own, the relay's cables beside the direct one. For the
load the relay has one CPU to itself, and relayload, its clients and its home in one process, the other.
"""
import json
import os
import re
import subprocess

from hosts import pair
from netlab import Interrupted, Lab, LabError, program, wait_until
from peers.coturn import Turned
from peers.homeward import Homeward
from peers.openvpn import OpenVpn
from rows.streams import DIRECTIONS, interleave, middle, ratio, tcp_mbit_s

NAMES = ["relay", "turn", "relay-rate", "relay-memory", "relay-registrations"]
WANTED_OPENVPN, WANTED_TURN, WANTED_PPS, WANTED_KIB, WANTED_MANY, WANTED_REGISTRATIONS = 1.5, 2.0, 300000, 1.0, 0.9, 10000
RELAY_CPU, LOAD_CPU, PACKET = 0, 1, 1200
OUTSIDE, INSIDE, HOME_INSIDE = "198.51.100.1", "192.168.60.10", "192.168.60.2"
CROWD_NET, CROWD_FIRST = "10.64.0.0/16", "10.64.0.1"


class Relayed(Homeward):
    """Homeward by a relay that stands between the two hosts, one router away from the client."""
    name, title = "relayed", "Homeward by its relay"
    OUTSIDE, INSIDE, HOME, MID = OUTSIDE, INSIDE, HOME_INSIDE, "10.9.0.1"

    def relay_cmd(self, *argv):
        return [program("homeward-relay"), "-c", self.path("dmz1.conf"), "--control", self.path("relay.sock"), *argv]

    def prepare(self):
        site = self.site
        self.host, self.mid = site.lab.host("relay"), site.lab.host("router", forward=True)
        site.lab.link(site.away, "relay0", self.mid, "away0", "10.9.0.2/24", f"{self.MID}/24")
        site.lab.link(self.mid, "relay0", self.host, "out0", "198.51.100.2/24", f"{OUTSIDE}/24")
        site.away.ip(f"route add default via {self.MID}")
        self.host.ip("route add 10.9.0.0/24 via 198.51.100.2")
        site.lab.link(site.home, "relay0", self.host, "in0", f"{HOME_INSIDE}/24", f"{INSIDE}/24")
        super().prepare()
        site.home.run(self.server_cmd("add-relay", "dmz1", "--address", INSIDE, "--public", OUTSIDE, "--home", HOME_INSIDE,
                                      "-o", self.path("dmz1.conf")))
        with open(self.profile, "a", encoding="ascii") as f:
            f.write(f"relay = {OUTSIDE} dmz1\npaths = relay\n")

    def start_server(self):
        super().start_server()
        self.relay = self.start(self.host, "relay", self.relay_cmd("run"))
        wait_until(self.met, "the relay to meet home")

    def met(self):
        done = self.host.run(self.relay_cmd("status", "--json"), check=False)
        return done.returncode == 0 and json.loads(done.stdout)["home"]["told_all"]


def stream_rows(job, ours, peer, name, title, wanted):
    reps, seconds = (2, 2) if job.quick else (4, 3)
    for direction in DIRECTIONS:
        rows = interleave(job, lambda t: tcp_mbit_s(t, direction, seconds), ours, peer, reps)
        job.add(name=f"{name} {direction}", measure=f"TCP {direction} by the relay, against {title}", unit="Mbit/s",
                ours=middle(rows, 0), peer=middle(rows, 1), ratio=ratio(rows),
                wanted=f">= {wanted} x" if wanted else "", samples=rows,
                met=None if not wanted or ratio(rows) is None else ratio(rows) >= wanted)


def streams(job):
    with Lab("bench-relay") as lab:
        site = pair(lab)
        ours = job.bring_up(Relayed(site))
        if job.wants("relay"):
            peer = job.bring_up(OpenVpn(site))
            stream_rows(job, ours, peer, "relay", f"{OpenVpn.title}, directly", WANTED_OPENVPN)
            if peer:
                peer.down()
        if job.wants("turn"):
            turn_rows(job, ours)


def turn_rows(job, ours):
    for how, prefix, wanted in (("single", "192.168.51", WANTED_TURN), ("batch", "192.168.52", None)):
        peer = job.bring_up(Turned(ours, how, prefix)) if ours else None
        stream_rows(job, ours, peer, "turn" if wanted else "turn-batch", peer.title if peer else f"coturn, {how}", wanted)
        if peer:
            peer.down()


class LoadedRelay:
    """homeward-relay on a CPU of its own, and relayload around it."""

    def __init__(self, lab, n):
        self.lab, self.n = lab, n
        self.host, self.around = lab.host("relay"), lab.host("around")
        lab.link(self.around, "eth0", self.host, "out0", "198.51.100.2/24", f"{OUTSIDE}/24")
        lab.link(self.around, "eth1", self.host, "in0", f"{HOME_INSIDE}/24", f"{INSIDE}/24")
        self.around.ip(f"route add local {CROWD_NET} dev lo")
        self.host.ip(f"route add {CROWD_NET} via 198.51.100.2")
        self.conf, self.control = os.path.join(lab.tmp, "relay.conf"), os.path.join(lab.tmp, "relay.sock")
        self.key = os.urandom(32).hex()
        with open(self.conf, "w", encoding="ascii") as f:
            os.chmod(self.conf, 0o600)
            f.write(f"[relay]\nname = dmz1\naddress = {INSIDE}\n[home bench.example]\naddress = {HOME_INSIDE}\nkey = {self.key}\n")
        self.relay = self.load = None

    def start(self):
        self.relay = self.host.spawn(["taskset", "-c", str(RELAY_CPU), *self.cmd("run")], log="relay")
        wait_until(lambda: self.host.ok(self.cmd("status")), "homeward-relay to answer")
        self.idle_kib = self.rss_kib()
        self.load = self.around.popen(["taskset", "-c", str(LOAD_CPU), program("tests/relayload"), "dmz1", self.key,
                                       f"{OUTSIDE}:4500", INSIDE, HOME_INSIDE, CROWD_FIRST, self.n],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def cmd(self, *argv):
        return [program("homeward-relay"), "-c", self.conf, "--control", self.control, *argv]

    def ask(self, line):
        self.load.stdin.write(line + "\n")
        self.load.stdin.flush()
        reply = self.load.stdout.readline()
        if not reply:
            raise LabError(f"relayload ended at '{line}'")
        return json.loads(reply)

    def rss_kib(self):
        with open(f"/proc/{self.relay.pid}/status", encoding="ascii") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))

    def cpu_s(self):
        with open(f"/proc/{self.relay.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    COUNT = """
table ip count {
	counter up { }
	counter down { }
	chain pre {
		type filter hook prerouting priority -300
		iifname "eth1" ip protocol 4 ip length > 1000 counter name up drop
		iifname "eth0" udp sport 4500 ip length > 1000 counter name down drop
	}
}
"""

    def octets(self, direction):
        """Counted and dropped where they arrive: what is measured is the relay, not who takes the packets."""
        text = self.around.run("nft list counters").stdout
        return int(re.search(rf"counter {direction} {{\s*packets \d+ bytes (\d+)", text).group(1))

    def packets_s(self, direction, flows, seconds):
        before, cpu = self.octets(direction), self.cpu_s()
        sent = self.ask(f"{direction} {flows} {seconds}")["sent_s"]
        size = PACKET + (48 if direction == "up" else 28)
        return (self.octets(direction) - before) / size / sent, (self.cpu_s() - cpu) / sent


def rate_rows(job, r):
    reps, seconds = (2, 2) if job.quick else (4, 3)
    if job.wants("relay-rate"):
        for direction in ("up", "down"):
            one = [r.packets_s(direction, 1, seconds) for _ in range(reps)]
            many = [r.packets_s(direction, r.n, seconds) for _ in range(reps)]
            rates, crowd = sorted(x[0] for x in one), sorted(x[0] for x in many)
            rate, shared = rates[len(rates) // 2], crowd[len(crowd) // 2]
            job.add(name=f"relay-rate {direction}", measure=f"relay forwards {direction}, 1,200 octets, one core", unit="packets/s", ours=rate,
                    wanted=f">= {WANTED_PPS}/s", met=rate >= WANTED_PPS, samples={"one": one})
            job.add(name=f"relay-many {direction}", measure=f"relay forwards {direction} for {r.n} visitors, against for one", unit="packets/s",
                    ours=shared, peer=rate, ratio=shared / rate, wanted=f">= {WANTED_MANY}", met=shared / rate >= WANTED_MANY,
                    samples={"many": many})


def registration_rows(job, r):
    r.ask("admit")
    admitted = r.rss_kib()
    cpu = r.cpu_s()
    got = r.ask("register")
    cpu = r.cpu_s() - cpu
    if got["answered"] != r.n or got["wrong"]:
        raise LabError(f"{got['answered']} of {r.n} were answered, {got['wrong']} wrongly")
    if job.wants("relay-memory"):
        each = (r.rss_kib() - r.idle_kib) / r.n
        job.add(name="relay-memory", measure=f"relay's memory per visitor (of {r.n}), its admission included", unit="KiB",
                ours=each, wanted=f"<= {WANTED_KIB:.0f} KiB", met=each <= WANTED_KIB,
                samples={"idle_kib": r.idle_kib, "told_kib": admitted, "registered_kib": r.rss_kib()})
    if job.wants("relay-registrations"):
        job.add(name="relay-registrations", measure="new registrations relayed, one core", unit="/s", ours=got["per_s"],
                wanted=f">= {WANTED_REGISTRATIONS} /s", met=got["per_s"] >= WANTED_REGISTRATIONS,
                samples={**got, "relay_cpu_s": cpu})


def load(job):
    with Lab("bench-relay-load") as lab:
        r = LoadedRelay(lab, 1000 if job.quick else 10000)
        r.start()
        registration_rows(job, r)
        r.around.nft(r.COUNT)
        rate_rows(job, r)


def guarded(job, what, measure):
    try:
        measure(job)
    except Interrupted:
        raise
    except (LabError, OSError, ValueError, KeyError) as e:
        job.fail(what, e)


def run(job):
    if job.wants("relay", "turn"):
        guarded(job, "streams by the relay", streams)
    if job.wants("relay-rate", "relay-memory", "relay-registrations"):
        guarded(job, "the relay under load", load)
