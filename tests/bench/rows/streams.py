# SPDX-License-Identifier: MIT
"""One TCP stream (CUBIC) each way against each peer, and the round-trip time against OpenVPN.

Ours and the peer's run alternate (ours, peer, ours, peer ...), the ratio is that of neighbours, and
the medians of figures and ratios are reported: the machine's own drift touches both alike.
"""
import json
import re
from statistics import median

from hosts import pair
from netlab import Interrupted, Lab, LabError
from peers.homeward import Homeward
from peers.ocserv import Ocserv
from peers.openvpn import OpenVpn
from peers.plain import Plain
from peers.strongswan import StrongSwan
from peers.wireguard import WireGuardGo

WANTED = {OpenVpn: 4.5, Ocserv: 3.0, StrongSwan: 6.0, WireGuardGo: 6.0}
NAMES = ["plain"] + [c.name for c in WANTED] + ["rtt"]
DIRECTIONS = {"up": [], "down": ["-R"]}


def tcp_mbit_s(tunnel, direction, seconds):
    """Goodput of one TCP stream, in Mbit/s; up is from the client to home."""
    home, away = tunnel.site.home, tunnel.site.away
    server = home.spawn(["iperf3", "-s", "-1", "-B", tunnel.home_addr, "--forceflush"], log="iperf3")
    server.wait_text("listening")
    try:
        out = away.run(["iperf3", "-J", "-c", tunnel.home_addr, "-B", tunnel.away_addr, "-C", "cubic",
                        "-t", seconds, "-O", "0.5", *DIRECTIONS[direction]], timeout=seconds + 15).stdout
    finally:
        server.kill()
        server.wait()
    return json.loads(out)["end"]["sum_received"]["bits_per_second"] / 1e6


def rtts_ms(tunnel, count):
    """Round-trip times of `count` pings from the client to home, 2 ms apart."""
    out = tunnel.site.away.run(["ping", "-c", count, "-i", "0.002", "-I", tunnel.away_addr,
                                tunnel.home_addr], timeout=60).stdout
    return [float(ms) for ms in re.findall(r"time=([\d.]+) ms", out)]


def attempt(job, measure, tunnel):
    """measure(tunnel), or None. A tunnel that failed once is not asked again: each try costs a timeout."""
    if not tunnel or tunnel.failed:
        return None
    try:
        return measure(tunnel)
    except Interrupted:
        raise
    except (LabError, ValueError, KeyError) as e:
        tunnel.failed = True
        job.fail(tunnel.title, f"{e}\n{tunnel.tails()}")
        return None


def interleave(job, measure, ours, peer, reps):
    """[(ours, peer), ...]; without one of the two its figures are None."""
    rows = []
    for _ in range(reps):
        rows.append(tuple(attempt(job, measure, t) for t in (ours, peer)))
        job.say(".", end="")
    return rows


def middle(rows, i):
    values = [r[i] for r in rows if r[i] is not None]
    return median(values) if values else None


def ratio(rows):
    values = [a / b for a, b in rows if a is not None and b is not None]
    return median(values) if values else None


def stream_rows(job, ours, peer, wanted):
    reps, seconds = (2, 2) if job.quick else (4, 3)
    for direction in DIRECTIONS:
        rows = interleave(job, lambda t: tcp_mbit_s(t, direction, seconds), ours, peer, reps)
        job.add(name=f"{peer.name} {direction}", measure=f"TCP {direction}, against {peer.title}",
                unit="Mbit/s", ours=middle(rows, 0), peer=middle(rows, 1), ratio=ratio(rows),
                wanted=f">= {wanted} x" if wanted else "", samples=rows,
                met=None if not wanted or ratio(rows) is None else ratio(rows) >= wanted)


def rtt_row(job, ours, peer):
    slices, count = (2, 100) if job.quick else (10, 100)
    samples = ([], [])
    for _ in range(slices):
        for tunnel, out in zip((ours, peer), samples):
            out.extend(attempt(job, lambda t: rtts_ms(t, count), tunnel) or [])
    a, b = (median(s) if s else None for s in samples)
    job.add(name="rtt", measure=f"round trip, against {peer.title}", unit="ms", ours=a, peer=b,
            ratio=a / b if a and b else None, wanted="<= peer", met=a <= b if a and b else None,
            samples=[len(s) for s in samples])


def run(job):
    with Lab("bench-streams") as lab:
        site = pair(lab)
        ours = job.bring_up(Homeward(site))
        for cls, wanted in [(Plain, None)] + list(WANTED.items()):
            wants_rtt = cls is OpenVpn and job.wants("rtt")
            if not job.wants(cls.name) and not wants_rtt:
                continue
            peer = job.bring_up(cls(site))
            if not peer:
                continue
            if job.wants(cls.name):
                stream_rows(job, ours, peer, wanted)
            if wants_rtt:
                rtt_row(job, ours, peer)
            peer.down()
