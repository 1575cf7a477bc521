# SPDX-License-Identifier: MIT
"""Homeward by https, against VPNs that run over TCP: one TCP stream on a fast cable, the same with loss on a long
way, the round-trip time under load on a slow link; and how soon it goes over to https where UDP is dropped in
silence. The multiplexer runs on the home server's host.
"""
import json
import math
import re
import time
from statistics import median

from hosts import Roaming, pair
from netlab import Interrupted, Lab, LabError, quiet_offload, wait_until
from peers import Site
from peers.homeward import ByHttps, ByAuto
from peers.ocserv import OcservTls
from peers.openvpn import OpenVpnTcp
from peer_pki import Pki
from rows.moving import gaps, one_move
from rows.streams import DIRECTIONS, attempt, middle, ratio, tcp_mbit_s

NAMES = ["https", "https-loss", "https-latency", "https-arrival"]
WANTED = {OcservTls: 1.2, OpenVpnTcp: 5.0}
WANTED_LOSS = {OpenVpnTcp: 2.0, OcservTls: 1.3}
WANTED_ABOVE_MS, RTT_MS = 100.0, 40.0
WANTED_ARRIVAL_MS = 1000 + 3 * RTT_MS


def long_pair(lab, rtt_ms, loss):
    """Two hosts with half the round-trip time, and loss of single packets, each way."""
    home, away = lab.host("home"), lab.host("away")
    lab.delay_link(home, "eth0", away, "eth0", rtt_ms / 2, "203.0.113.2/24", "203.0.113.1/24", loss=loss)
    return Site(lab, home, away, "203.0.113.2", "203.0.113.1", Pki(f"{lab.tmp}/pki"))


def slow_pair(lab, rtt_ms, mbit):
    """The client's router has a link of that rate, and room for 400 ms of packets before it."""
    home, away, router = lab.host("home"), lab.host("away"), lab.host("router", forward=True)
    lab.delay_link(home, "eth0", router, "home0", rtt_ms / 2, "203.0.113.2/24", "203.0.113.1/24", offload=False)
    lab.link(away, "eth0", router, "away0", "10.9.0.2/24", "10.9.0.1/24")
    for host, name in ((away, "eth0"), (router, "away0")):
        quiet_offload(host, name, False)
    for name in ("home0", "away0"):
        router.run(f"tc qdisc replace dev {name} root tbf rate {mbit}mbit burst 5kb latency 400ms")
    home.ip("route add default via 203.0.113.1")
    away.ip("route add default via 10.9.0.1")
    return Site(lab, home, away, "203.0.113.2", "10.9.0.2", Pki(f"{lab.tmp}/pki"))


def alternate(job, tunnels, direction, reps, seconds):
    """[(ours, peer, peer), ...]: one after the other, so that what disturbs the machine touches all alike."""
    rounds = []
    for _ in range(reps):
        rounds.append(tuple(attempt(job, lambda t: tcp_mbit_s(t, direction, seconds), t) for t in tunnels))
        job.say(".", end="")
    return rounds


def compare(job, site, name, measure, wanted, reps, seconds):
    tunnels = [job.bring_up(cls(site)) for cls in (ByHttps, *wanted)]
    for direction in DIRECTIONS:
        rounds = alternate(job, tunnels, direction, reps, seconds)
        if tunnels[0] and not tunnels[0].failed:
            tunnels[0].check_method()    # still, as when it was brought up
        for i, (cls, times) in enumerate(wanted.items(), 1):
            rows = [(r[0], r[i]) for r in rounds]
            found = ratio(rows)
            job.add(name=f"{name} {cls.name} {direction}", measure=f"{measure} {direction}, against {cls.title}", unit="Mbit/s",
                    ours=middle(rows, 0), peer=middle(rows, 1), ratio=found, wanted=f">= {times} x", samples=rows,
                    met=None if found is None else found >= times)


def stream_rows(job):
    with Lab("bench-https") as lab:
        compare(job, pair(lab), "https", "TCP by https", WANTED, *((2, 2) if job.quick else (4, 3)))


def loss_rows(job):
    with Lab("bench-https-loss") as lab:
        compare(job, long_pair(lab, 50.0, 0.01), "https-loss", "TCP by https, 50 ms, 1 % loss", WANTED_LOSS,
                *((2, 6) if job.quick else (6, 10)))


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(len(ordered) * percent / 100) - 1)]


def pings_ms(tunnel, count):
    """Round-trip times, 20 ms apart; what was lost took for ever."""
    out = tunnel.site.away.run(["ping", "-c", count, "-i", "0.02", "-W", "2", "-I", tunnel.away_addr, tunnel.home_addr],
                               timeout=60, check=False).stdout
    found = [float(ms) for ms in re.findall(r"time=([\d.]+) ms", out)]
    return found + [math.inf] * (count - len(found))


def loaded(tunnel, count):
    """Idle and loaded round-trip times, and what the upload carried meanwhile."""
    home, away = tunnel.site.home, tunnel.site.away
    seconds = 3 + count * 0.02 + 1
    idle = pings_ms(tunnel, count // 2)
    server = home.spawn(["iperf3", "-s", "-1", "-B", tunnel.home_addr, "--forceflush"], log="iperf3")
    server.wait_text("listening")
    bulk = away.spawn(["iperf3", "-J", "-c", tunnel.home_addr, "-B", tunnel.away_addr, "-C", "cubic", "-t", f"{seconds:.0f}"],
                      log="iperf3-bulk")
    time.sleep(3)    # the upload is past its start
    busy = pings_ms(tunnel, count)
    bulk.wait(seconds + 20)
    server.kill()
    mbit = json.loads(bulk.text())["end"]["sum_received"]["bits_per_second"] / 1e6
    return {"idle_p95_ms": percentile(idle, 95), "p50_ms": percentile(busy, 50), "p95_ms": percentile(busy, 95),
            "above_ms": percentile(busy, 95) - percentile(idle, 95), "lost": busy.count(math.inf), "mbit_s": mbit}


def latency_row(job):
    count, reps = (200, 1) if job.quick else (400, 3)
    with Lab("bench-https-latency") as lab:
        site = slow_pair(lab, RTT_MS, 20)
        tunnels = []
        for cls in (ByHttps, OcservTls, OpenVpnTcp):
            tunnels.append(job.bring_up(cls(site)))
        found = [[loaded(t, count) for _ in range(reps)] if t else [] for t in tunnels]
        ours = median([x["above_ms"] for x in found[0]]) if found[0] else None
        for cls, theirs in zip((OcservTls, OpenVpnTcp), found[1:]):
            peer = median([x["above_ms"] for x in theirs]) if theirs else None
            job.add(name=f"https-latency {cls.name}", measure=f"ping under upload by https, 20 Mbit/s: 95 % above idle, against {cls.title}",
                    unit="ms", ours=ours, peer=peer, ratio=ours / peer if ours and peer else None,
                    wanted=f"<= {WANTED_ABOVE_MS:.0f} ms", met=ours <= WANTED_ABOVE_MS if ours is not None else None,
                    samples=[found[0], theirs])


DROP_UDP = """
table inet silence {
	chain forward {
		type filter hook forward priority filter
		meta l4proto udp drop
	}
}
"""


def arrivals():
    """To a network that drops UDP, for the first time; back to the one that does not; and there once more."""
    with Lab("bench-https-arrival") as lab:
        roaming = Roaming(lab, RTT_MS / 2)
        lab.hosts["nat-b"].nft(DROP_UDP)
        tunnel = ByAuto(roaming.site)
        try:
            tunnel.up()
        except LabError as e:
            raise LabError(f"{e}\n{tunnel.tails()}") from None
        found = {"first": one_move(tunnel, roaming.move("b"))}
        by_https(tunnel, True)
        found["back"] = one_move(tunnel, roaming.move("a"))
        by_https(tunnel, False)
        found["again"] = one_move(tunnel, roaming.move("b"))
        return found


def by_https(tunnel, wanted):
    wait_until(lambda: (tunnel.status()["path"]["kind"] == "https") == wanted,
               f"{'https' if wanted else 'UDP'} to be the path")


def arrival_rows(job):
    found = []
    for _ in range(1 if job.quick else 3):
        try:
            found.append(arrivals())
            job.say(".", end="")
        except Interrupted:
            raise
        except (LabError, KeyError) as e:
            job.fail("arriving where UDP is dropped", e)
            break
    for visit, wanted in (("first", WANTED_ARRIVAL_MS), ("again", None)):
        for d in ("up", "down"):
            # What left before the move arrives half a round trip after it.
            late = RTT_MS / 2 if d == "up" else 0
            ms = [g + late for g in gaps([f[visit] for f in found], d)]
            ours = median(ms) if ms else None
            job.add(name=f"https-arrival {visit} {d}", unit="ms", ours=ours, samples=found,
                    measure=f"arriving where UDP is dropped, {visit}: first packet {d}",
                    wanted=f"<= {wanted:.0f} ms" if wanted else "", worst=max(ms, default=None),
                    met=None if not wanted or ours is None else ours <= wanted)


def run(job):
    for name, rows in (("https", stream_rows), ("https-loss", loss_rows), ("https-latency", latency_row),
                       ("https-arrival", arrival_rows)):
        if not job.wants(name):
            continue
        try:
            rows(job)
        except Interrupted:
            raise
        except (LabError, OSError, ValueError, KeyError) as e:
            job.fail(name, e)
