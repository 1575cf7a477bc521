# SPDX-License-Identifier: MIT
"""The home server under many clients: registrations a second on one core, memory of an idle client,
one client's throughput while 10,000 others are registered.

Two pairs of hosts stand side by side. Server `few` has one client. Server `many` has that and 10,000
more, which live in one further host, each with an address of its own, and are spoken for by regload.
For the registrations the server has one CPU to itself and regload another.
"""
import json
import os

from crowd import add_crowd
from hosts import pair
from netlab import Interrupted, Lab, LabError, program
from peers.homeward import Homeward
from rows.streams import interleave, middle, ratio, tcp_mbit_s

NAMES = ["registrations", "memory", "idle"]
SERVER_CPU, LOAD_CPU = 0, 1
CROWD_NET, CROWD_FIRST = "10.64.0.0/16", "10.64.0.1"
WANTED_PER_S, WANTED_KIB, WANTED_IDLE = 3000, 8.0, 0.9


def crowd_host(lab, home):
    """A host that is everybody in CROWD_NET, one hop from home."""
    host = lab.host("crowd")
    lab.link(home, "eth1", host, "eth0", "198.51.100.1/24", "198.51.100.2/24")
    host.ip("route add default via 198.51.100.1", f"route add local {CROWD_NET} dev lo")
    home.ip(f"route add {CROWD_NET} via 198.51.100.2")
    return host


def register(host, server, clients, rounds):
    """regload's account, and the server's CPU time of it."""
    before = server.server.cpu_s()
    out = host.run(["taskset", "-c", LOAD_CPU, program("tests/regload"), server.site.home_outer + ":434",
                    clients, CROWD_FIRST, "--rounds", rounds, "--lifetime", "1800"],
                   check=False, timeout=60 * rounds + 60)
    if not out.stdout.strip():
        raise LabError(f"regload: {out.stderr.strip()}")
    account = json.loads(out.stdout)
    account["server_cpu_s"] = server.server.cpu_s() - before
    account["said"] = out.stderr.strip()
    if account["refused"] or account["wrong"]:
        raise LabError(f"{account['refused']} refused, {account['wrong']} wrong of {account['clients']}: "
                       f"{account['said']}")
    return account


def registration_row(job, first=None, again=None):
    rate = first["rounds"][0]["per_s"] if first else None
    job.add(name="registrations", measure="new registrations with X25519, one core", unit="/s", ours=rate,
            wanted=f">= {WANTED_PER_S} /s", met=rate >= WANTED_PER_S if rate else None,
            samples={"new": first, "again": again})


def memory_row(job, n, **kib):
    each = (kib["registered_kib"] - kib["one_client_kib"]) / n if kib else None
    job.add(name="memory", measure=f"home server's memory per idle client (of {n})", unit="KiB", ours=each,
            wanted=f"<= {WANTED_KIB:.0f} KiB", met=each <= WANTED_KIB if each is not None else None,
            samples=kib)


def idle_rows(job, few, many, n):
    reps, seconds = (2, 2) if job.quick else (4, 3)
    for d in ("up", "down"):
        pairs = interleave(job, lambda t: tcp_mbit_s(t, d, seconds), many, few, reps) if few and many else []
        job.add(name="idle " + d, measure=f"TCP {d} with {n} idle clients, against none idle", unit="Mbit/s",
                ours=middle(pairs, 0), peer=middle(pairs, 1), ratio=ratio(pairs), wanted=f">= {WANTED_IDLE}",
                met=ratio(pairs) >= WANTED_IDLE if pairs else None, samples=pairs)


def register_rows(job, host, few, many, clients, n):
    """Everybody registers; the full run lets them register twice more, as renewals."""
    kib = {"one_client_kib": few.server.rss_kib(), "known_kib": many.server.rss_kib()}
    first = register(host, many, clients, 1)
    kib["registered_kib"] = many.server.rss_kib()
    again = register(host, many, clients, 2) if not job.quick else None
    kib["renewed_twice_kib"] = many.server.rss_kib() if again else None
    if job.wants("registrations"):
        registration_row(job, first, again)
    if job.wants("memory"):
        memory_row(job, n, **kib)


def measure(job, lab, n):
    few = Homeward(pair(lab, "-few", pki=False), "10.76.0", 16)
    many = Homeward(pair(lab, "-many", pki=False), "10.77.0", 16, SERVER_CPU)
    host = crowd_host(lab, many.site.home)
    few.prepare()
    many.prepare()
    clients = add_crowd(many, n, os.path.join(lab.tmp, "clients"))
    for tunnel in (few, many):
        tunnel.start_server()
    register_rows(job, host, few, many, clients, n)
    if job.wants("idle"):
        many.unpin()
        for tunnel in (few, many):
            tunnel.start_client()
        idle_rows(job, few, many, n)


def not_measured(job, n):
    """Rows that were wanted and are not there."""
    done = {r["name"].split()[0] for r in job.results}
    for name, add in (("registrations", lambda: registration_row(job)), ("memory", lambda: memory_row(job, n)),
                      ("idle", lambda: idle_rows(job, None, None, n))):
        if job.wants(name) and name not in done:
            add()


def run(job):
    n = 1000 if job.quick else 10000
    with Lab("bench-load") as lab:
        try:
            measure(job, lab, n)
        except Interrupted:
            raise
        except (LabError, OSError, ValueError) as e:
            job.fail("home server under many clients", e)
    not_measured(job, n)
