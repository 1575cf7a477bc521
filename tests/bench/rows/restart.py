# SPDX-License-Identifier: MIT
"""The home server killed and started again under 1,000 idle clients, which send nothing that could show them: how long
until it has all of them back.

The clients live in one host, each with an address of its own, and are whole client cores in one process (idlecrowd).
"""
import os
import random
import signal
import time

from crowd import add_crowd
from hosts import pair
from netlab import Interrupted, Lab, LabError, program, wait_until
from peers.homeward import Homeward
from rows.load import CROWD_FIRST, crowd_host

NAMES = ["home-restart"]
CLIENTS, FIRST, TRIES, QUICK_TRIES = 1000, 100, 40, 4
WANTED_FIRST_S, WANTED_ALL_S = 1.0, 5.0


class Accepted:
    """What idlecrowd prints: each client's registrations, by time."""

    def __init__(self, proc):
        self.proc, self.read = proc, 0

    def skip(self):
        self.read = len(self.proc.text().splitlines())

    def since(self, start_s):
        """{client: seconds from then to its first registration}."""
        found = {}
        text = self.proc.text()
        for line in text[:text.rfind("\n") + 1].splitlines()[self.read:]:
            who, us = line.split()
            found.setdefault(int(who), int(us) / 1e6 - start_s)
        return found


def one_try(tunnel, accepted):
    """Seconds from the start of the new process to each client's registration, sorted."""
    tunnel.server.kill(signal.SIGKILL)
    tunnel.server.wait()
    time.sleep(random.random())         # the outage: nothing is waited for
    accepted.skip()
    start_s = time.monotonic()
    tunnel.start_server()
    wait_until(lambda: len(accepted.since(start_s)) == CLIENTS, "all idle clients to be registered again")
    return sorted(accepted.since(start_s).values())


def percentile(values, p):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * p / 100))]


def add_rows(job, tries):
    firsts = [s for t in tries for s in t[:FIRST]]
    a = percentile(firsts, 95) if firsts else None
    b = max((t[-1] for t in tries), default=None)
    what = f"home killed and started, {CLIENTS} idle clients, {len(tries)} times"
    job.add(name="home-restart hundred", measure=f"{what}: the first {FIRST} are back, 95th percentile", unit="s", ours=a,
            wanted=f"<= {WANTED_FIRST_S:.0f} s", met=a <= WANTED_FIRST_S if a is not None else None,
            samples=[t[FIRST - 1] for t in tries])
    job.add(name="home-restart all", measure=f"{what}: all are back, the worst", unit="s", ours=b,
            wanted=f"<= {WANTED_ALL_S:.0f} s", met=b <= WANTED_ALL_S if b is not None else None,
            samples=[t[-1] for t in tries])


def measure(job, lab, tries):
    tunnel = Homeward(pair(lab, "-restart", pki=False), "10.77.0", 16)
    host = crowd_host(lab, tunnel.site.home)
    tunnel.prepare()
    clients = add_crowd(tunnel, CLIENTS, os.path.join(lab.tmp, "clients"))
    tunnel.start_server()
    crowd = host.spawn([program("tests/idlecrowd"), tunnel.site.home_outer + ":4500", clients, CROWD_FIRST], log="idlecrowd")
    accepted = Accepted(crowd)
    wait_until(lambda: len(accepted.since(0)) == CLIENTS, "the clients to register")
    for _ in range(QUICK_TRIES if job.quick else TRIES):
        tries.append(one_try(tunnel, accepted))
        job.say(".", end="")


def run(job):
    tries = []
    with Lab("bench-home-restart") as lab:
        try:
            measure(job, lab, tries)
        except Interrupted:
            raise
        except (LabError, OSError, ValueError) as e:
            job.fail("home-restart", e)
    add_rows(job, tries)
