# SPDX-License-Identifier: MIT
"""Moving between two NATed networks, 40 ms round trip, under a stream of one packet a millisecond
each way.

Without overlap the client's uplink into one network goes down and that into the other comes up at the
same instant; what counts is the longest time in which an end received nothing new. With overlap a better
uplink appears while the first still works, the client goes over to it, and the first one ends.
"""
import json
import os
from statistics import median

from hosts import Roaming
from netlab import Lab, LabError, tool, wait_until
from peers.homeward import Homeward
from peers.openvpn import OpenVpn
from peers.wireguard import WireGuardGo

PEERS = [WireGuardGo, OpenVpn]
NAMES = ["moving", "overlap"]
RTT_MS = 40.0
WANTED_MS = {"up": 15.0, "down": RTT_MS + 15.0}
PORT = 9000


class Stream:
    """A running UDP stream of one packet a millisecond, and what became of it."""

    def __init__(self, tunnel, direction, count):
        site, self.count = tunnel.site, count
        ends = [(site.away, tunnel.away_addr), (site.home, tunnel.home_addr)]
        (sender, _), (receiver, addr) = ends if direction == "up" else reversed(ends)
        self.file = os.path.join(tunnel.dir, "stream-" + direction)
        self.recv = receiver.spawn([tool("stream"), "recv", addr, PORT, "--status", self.file], log="recv")
        self.recv.wait_text("ready")
        self.send = sender.spawn([tool("stream"), "send", addr, PORT, "--count", count], log="send")

    def received(self):
        with open(self.file, encoding="ascii") as f:
            fields = f.read().split()
        return int(fields[0]) if fields else 0

    def finish(self):
        """The receiver's account. Silence to the very end counts as a gap too."""
        self.send.wait(self.count / 1000 + 10)
        try:
            self.recv.wait(2)
        except LabError:
            self.recv.stop()
        account = json.loads(self.recv.text().splitlines()[-1])
        sent = json.loads(self.send.text().splitlines()[-1])["sent"]
        account["lost"] += sent - account["sent"]
        silent = sent - 1 - last_received(account)
        account["gap_ms"] = max(account["longest_gap_ms"], float(silent))
        return account


def last_received(account):
    lost = account["lost_ranges"]
    end = account["sent"] - 1
    return lost[-1][0] - 1 if lost and lost[-1][1] == end else end


def both_streams(tunnel, count):
    streams = {d: Stream(tunnel, d, count) for d in WANTED_MS}
    wait_until(lambda: all(s.received() > 500 for s in streams.values()), "streams to flow")
    return streams


def one_move(tunnel, move):
    """Gaps and losses around one move; each stream lasts four seconds, the move is in its first."""
    wait_until(tunnel.ping, f"{tunnel.title} to answer before a move")
    streams = both_streams(tunnel, 4000)
    move()
    return {d: s.finish() for d, s in streams.items()}


def moves_of(job, cls):
    """One account a move, or [] when the tunnel can't be had."""
    with Lab("bench-moving") as lab:
        roaming = Roaming(lab, RTT_MS / 2)
        tunnel = job.bring_up(cls(roaming.site))
        found = []
        for i in range(0 if not tunnel else 2 if job.quick else 6):
            try:
                found.append(one_move(tunnel, roaming.move("b" if i % 2 == 0 else "a")))
                job.say(".", end="")
            except LabError as e:
                job.fail(f"{cls.title}: move {i + 1}", e)
                break
        return found


def gaps(moves, direction):
    return [m[direction]["gap_ms"] for m in moves]


def moving_rows(job):
    found = {cls: moves_of(job, cls) for cls in [Homeward] + PEERS}
    for peer in PEERS:
        for d, limit in WANTED_MS.items():
            ours, theirs = gaps(found[Homeward], d), gaps(found[peer], d)
            a, b = median(ours) if ours else None, median(theirs) if theirs else None
            job.add(name="moving " + d, measure=f"move, no overlap: longest gap {d}, against {peer.title}",
                    unit="ms", ours=a, peer=b, ratio=a / b if a and b else None,
                    wanted=f"<= {limit:.0f} ms", met=a <= limit if a is not None else None,
                    worst=max(ours, default=None), worst_peer=max(theirs, default=None),
                    samples=[found[Homeward], found[peer]])


def overlap_once(tunnel, roaming):
    streams = both_streams(tunnel, 30000)
    roaming.better_uplink()
    wait_until(lambda: tunnel.status()["path"]["local"].startswith("10.2."),
               "the client to go over to the better uplink")
    at = streams["down"].received()
    wait_until(lambda: streams["down"].received() > at + 1000, "a second on both uplinks")
    roaming.drop_first()
    at = streams["down"].received()
    wait_until(lambda: streams["down"].received() > at + 1000, "a second on the new uplink")
    for s in streams.values():
        s.send.kill()
    return {d: s.finish() for d, s in streams.items()}


def overlap_rows(job):
    accounts = None
    with Lab("bench-overlap") as lab:
        roaming = Roaming(lab, RTT_MS / 2)
        tunnel = job.bring_up(Homeward(roaming.site))
        if tunnel:
            try:
                accounts = overlap_once(tunnel, roaming)
            except LabError as e:
                job.fail("move with overlap", e)
    for what in ("lost", "duplicated"):
        n = sum(a[what] for a in accounts.values()) if accounts else None
        job.add(name="overlap " + what, measure=f"move with overlap: packets {what}, both ways", unit="",
                ours=n, wanted="0", met=n == 0 if accounts else None, samples=accounts)


def run(job):
    if job.wants("moving"):
        moving_rows(job)
    if job.wants("overlap"):
        overlap_rows(job)
