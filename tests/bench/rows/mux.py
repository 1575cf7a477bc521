# SPDX-License-Identifier: MIT
"""The multiplexer under many tunnels: memory of an idle one, new ones a second; and under hostile ones, what another
client notices of them.

It has one CPU to itself and muxload, its clients and their target in one process, the other. Every tunnel comes
from an address of its own, so the limits of one source are left at their defaults. muxload is built on OpenSSL
and the RFCs alone: what it gets through is also a witness of the wire format.
"""
import json
import os
import resource
import subprocess

from netlab import HERE, Interrupted, Lab, LabError, program, wait_until
from peers.homeward import MUX
from peer_pki import Pki

NAMES = ["mux-memory", "mux-tunnels", "mux-hostile"]
WANTED_KIB, WANTED_AT, WANTED_PER_S = 48.0, 10000, {"resumed": 3000, "full": 1000}
MUX_CPU, LOAD_CPU, AT_ONCE = 0, 1, 32
FIRST = ["nice", "-n", -15]     # before whatever else runs on that CPU
OUTSIDE, AROUND = "203.0.113.2", "203.0.113.1"
CROWD_NET, CROWD_FIRST, SOURCES = "10.64.0.0/16", "10.64.0.1", 16384
HOSTILE, HOSTILE_MS, ATTACKER, CLIENT = 64, 20.0, "10.64.2.{}", "10.64.1.1"
# What tests/bench/muxhostile.c sends; in a full run each by itself, too.
KINDS = ("all", "ping", "ping-read", "pong", "fragment", "capsule", "junk", "esp", "request", "request-read", "chunk", "trickle")
HOW = {"resumed": "sessions resumed", "full": "no session resumed, ECDSA P-256"}


def descriptors(wished=65536):
    """As many for this process and what it starts as may be had; returns how many."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wished, max(hard, wished)))
        return wished
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return hard


class LoadedMux:
    """homeward-mux on a CPU of its own, and muxload around it."""

    def __init__(self, lab):
        self.lab, self.dir = lab, lab.tmp
        self.most = (descriptors() - 200) // 2    # a tunnel has two in the multiplexer
        self.host, self.around = lab.host("mux"), lab.host("around")
        lab.link(self.host, "eth0", self.around, "eth0", f"{OUTSIDE}/24", f"{AROUND}/24")
        self.around.ip(f"route add local {CROWD_NET} dev lo")
        self.host.ip(f"route add {CROWD_NET} via {AROUND}")
        self.pki = Pki(os.path.join(lab.tmp, "pki"))
        self.conf = os.path.join(lab.tmp, "mux.conf")
        with open(self.conf, "w", encoding="ascii") as f:
            conf = MUX.format(crt=self.pki.path("home.crt"), key=self.pki.path("home.key"), home=AROUND)
            f.write(conf.replace("https://0.0.0.0:443", "https://0.0.0.0:443, http://0.0.0.0:80") +
                    f"[target void]\naddress = {AROUND}:4501\n")
        self.mux = self.load = None

    def cmd(self, *argv):
        return [program("homeward-mux"), "-c", self.conf, "--control", os.path.join(self.dir, "mux.sock"), *argv]

    def start(self):
        self.mux = self.host.spawn(["taskset", "-c", MUX_CPU, *FIRST, *self.cmd("run")], log="mux")
        wait_until(lambda: self.host.ok(self.cmd("status")), "homeward-mux to answer")

    def serve(self):
        """The load, and its target."""
        self.load = self.around.popen(
            ["taskset", "-c", LOAD_CPU, program("tests/muxload"), f"{OUTSIDE}:443", OUTSIDE,
             self.pki.path("ca.crt"), "/.well-known/masque/udp/home/4500/", f"{AROUND}:4500", CROWD_FIRST, SOURCES],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.load.stdin.write(line + "\n")
        self.load.stdin.flush()
        reply = self.load.stdout.readline()
        if not reply:
            raise LabError(f"muxload ended at '{line}'")
        return json.loads(reply)

    def exchanged(self, n):
        got = self.ask("exchange")
        if got["answered"] != n or got["wrong"]:
            raise LabError(f"{got['answered']} of {n} tunnels carried a datagram there and back, {got['wrong']} "
                           f"wrongly: {got['why']}")


def memory_row(job, m):
    n = min(m.most, WANTED_AT // 10 if job.quick else WANTED_AT)
    enough = n >= WANTED_AT
    fewer = "" if enough else f", where {WANTED_AT} count: " + ("--quick" if job.quick else "no more descriptors to be had")
    m.ask("open 1")
    m.exchanged(1)
    m.ask("close")
    kib = {"one_tunnel_kib": m.mux.rss_kib()}
    got = m.ask(f"open {n}")
    if got["open"] != n:
        raise LabError(f"{got['open']} of {n} tunnels were opened: {got['why']}")
    kib["opened_kib"] = m.mux.rss_kib()
    m.exchanged(n)
    kib["used_kib"] = m.mux.rss_kib()
    m.exchanged(n)
    m.ask("close")
    each = (kib["used_kib"] - kib["one_tunnel_kib"]) / n
    job.add(name="mux-memory", measure=f"multiplexer's memory per idle https tunnel (of {n}{fewer}), after use", unit="KiB",
            ours=each, wanted=f"<= {WANTED_KIB:.0f} KiB", met=each <= WANTED_KIB if enough else None,
            samples={**kib, **got})


def rate_once(m, how, seconds):
    cpu = m.mux.cpu_s()
    got = m.ask(f"rate {how} {AT_ONCE} {seconds}")
    got["mux_cpu_s"] = m.mux.cpu_s() - cpu
    if got["failed"] or (how == "resumed") != (got["resumed"] == got["tunnels"]):
        raise LabError(f"{got['tunnels']} tunnels, {got['resumed']} resumed, {got['failed']} failed: {got['why']}")
    return got


def tunnel_rows(job, m):
    reps, seconds = (2, 2) if job.quick else (5, 3)
    rate_once(m, "full", 0.5)
    for how, wanted in WANTED_PER_S.items():
        found = [rate_once(m, how, seconds) for _ in range(reps)]
        rate = sorted(x["per_s"] for x in found)[reps // 2]
        job.add(name=f"mux-tunnels {how}", measure=f"new https tunnels, one core, {HOW[how]}", unit="/s", ours=rate,
                wanted=f">= {wanted} /s", met=rate >= wanted, samples=found)


class Hostile:
    """muxhostile on muxload's CPU; the client it disturbs, and their target, before it in the queue there."""

    def __init__(self, m):
        self.m = m
        self.echo = m.around.spawn(["taskset", "-c", LOAD_CPU, *FIRST, "/usr/bin/python3", os.path.join(HERE, "tools", "udptarget.py"), AROUND,
                                    os.path.join(m.dir, "hostile.status"), "echo:4500", "silent:4501"], log="echo")
        self.echo.wait_text("ready")

    def cmd(self, verb, source, *args):
        return [program("tests/muxhostile"), verb, f"{OUTSIDE}:80", source, *args]

    def measured(self, count):
        """Round trips of the other client's datagrams, in ms."""
        done = self.m.around.run(["taskset", "-c", LOAD_CPU, *FIRST, *self.cmd("measure", CLIENT, count, 5)], timeout=300)
        return json.loads(done.stdout)

    def attacked(self, kind, count):
        attack = self.m.around.popen(["taskset", "-c", LOAD_CPU, *self.cmd("attack", ATTACKER.format(KINDS.index(kind)), HOSTILE, kind)],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if attack.stdout.readline() != "attacking\n":
            raise LabError(f"the attack by {kind} did not begin")
        cpu, got = self.m.mux.cpu_s(), self.measured(count)
        got["mux_cpu_s"] = self.m.mux.cpu_s() - cpu
        got.update(json.loads(attack.communicate("")[0]))
        return got


def hostile_row(job, m):
    count, hostile = 200 if job.quick else 600, Hostile(m)
    found = {"idle": hostile.measured(count)}
    for kind in KINDS[:1] if job.quick else KINDS:
        found[kind] = hostile.attacked(kind, count)
    hostile.echo.stop()
    above = max(x["p95"] for x in found.values()) - found["idle"]["p95"]
    worst = max(found, key=lambda kind: found[kind]["p95"])
    job.add(name="mux-hostile", measure=f"another client's round trip, {HOSTILE} hostile connections of one address "
            f"(worst: {worst}): 95 % above idle", unit="ms", ours=above, wanted=f"<= {HOSTILE_MS:.0f} ms",
            met=above <= HOSTILE_MS, samples=found)


def measure(job, lab):
    m = LoadedMux(lab)
    m.start()
    if job.wants("mux-hostile"):
        hostile_row(job, m)
    m.serve()
    if job.wants("mux-tunnels"):
        tunnel_rows(job, m)
    if job.wants("mux-memory"):
        memory_row(job, m)


def run(job):
    with Lab("bench-mux") as lab:
        try:
            measure(job, lab)
        except Interrupted:
            raise
        except (LabError, OSError, ValueError, KeyError) as e:
            job.fail("the multiplexer under many tunnels", e)
