# SPDX-License-Identifier: MIT
"""What attacks and failures cost, on the worlds of tests/lab: a flood of forged registrations, an uplink that swallows
everything, a move by the relay, a relay and a home server that are killed and started again. Streams of one packet a
millisecond go both ways; 40 ms round trip, 20 ms to a relay that is killed, none to a home server that is.
"""
import time
from statistics import median

from dmz import RelayPlay
from floodkit import capture_template, flood
from netlab import Interrupted, Lab, LabError, wait_until
from scenekit import Play, TwoWay

NAMES = ["flood", "dead-path", "relay-roam", "restart"]
RTT_MS = 40
WANTED_SHARE = 10.0                     # % of a processor, at 10,000 packets a second
NOTICE_MS, SLACK_MS = 3 * RTT_MS + 300, 25
WANTED_DEAD_MS = {"up": NOTICE_MS + RTT_MS + SLACK_MS, "down": NOTICE_MS + 2 * RTT_MS + SLACK_MS}
WANTED_ROAM_MS, WANTED_ROAM_LOST = 250, 10
WANTED_RELAY_MS, WANTED_HOME_S = 1000, 5


def share(play, kind, port, template, count):
    """Of a processor, in %, while a flood lasts."""
    start = play.server.proc.cpu_s()
    seconds = flood(play, kind, port, template, count)["seconds"]
    return 100 * (play.server.proc.cpu_s() - start) / seconds


def flood_rows(job):
    count, found, lost = 20_000 if job.quick else 100_000, {}, None
    with Lab("bench-flood") as lab:
        play = Play(lab, up=False)
        template = capture_template(play)
        flood(play, "mixed", "434", template, 20_000)
        for what, kind, port in (("port 434", "mixed", "434"), ("port 4500", "mixed", "4500"),
                                 ("bent copies of a recorded one", "template", "434")):
            found[what] = share(play, kind, port, template, count)
        streams = TwoWay(play)
        for port in ("434", "4500"):
            flood(play, "mixed", port, template, count)
        streams.flow(500)
        lost = sum(s["lost"] for s in streams.stop())
    for what, percent in found.items():
        job.add(name="flood", measure=f"10,000 forged registrations a second, {what}: home server's CPU", unit="%",
                ours=percent, wanted=f"<= {WANTED_SHARE:.0f} %", met=percent <= WANTED_SHARE)
    job.add(name="flood lost", measure="the same: packets of a client's streams that were lost", unit="", ours=lost,
            wanted="0", met=lost == 0)


def gap_rows(job, name, measure, accounts, wanted):
    """accounts: [(up, down), ...] of TwoWay.stop()."""
    for n, direction in enumerate(("up", "down")):
        gaps = [pair[n]["longest_gap_ms"] for pair in accounts]
        job.add(name=f"{name} {direction}", measure=f"{measure}: longest gap {direction}", unit="ms", ours=median(gaps),
                wanted=f"<= {wanted[direction]:.0f} ms", met=median(gaps) <= wanted[direction], samples=accounts)


def dead_path_rows(job):
    with Lab("bench-dead-path") as lab:
        play = Play(lab, delay_ms=RTT_MS / 2, second="airport")
        play.client.wait_path(play.laptop.address("wan0"))
        streams = TwoWay(play)
        play.laptop.blackhole("wan0")
        play.client.wait_path(play.laptop.address("wan1"))
        streams.flow(300)
        accounts = [streams.stop()]
    gap_rows(job, "dead-path", "uplink swallows everything, another takes over", accounts, WANTED_DEAD_MS)


def relay_roam_rows(job):
    accounts = []
    with Lab("bench-relay-roam") as lab:
        play = RelayPlay(lab, delay_ms=RTT_MS / 2)
        for site in ("airport", "cafe", "airport")[:2 if job.quick else 3]:
            streams = TwoWay(play, name=f"to-{site}-{len(accounts)}")
            before = play.client.status()["handovers"]
            play.laptop.prepare_move("wan0", site).go()
            wait_until(lambda: play.client.status()["handovers"] > before, "the handover")
            streams.flow(300)
            accounts.append(streams.stop())
    gap_rows(job, "relay-roam", "move by the relay, no overlap", accounts, {"up": WANTED_ROAM_MS, "down": WANTED_ROAM_MS})
    lost = max(up["lost"] for up, _ in accounts)
    job.add(name="relay-roam lost", measure="move by the relay: most packets lost up", unit="", ours=lost,
            wanted=f"<= {WANTED_ROAM_LOST}", met=lost <= WANTED_ROAM_LOST)


def restart_rows(job):
    with Lab("bench-restart-relay") as lab:
        play = RelayPlay(lab, delay_ms=RTT_MS / 4)
        streams = TwoWay(play)
        play.relay.kill()
        play.relay.start(ready=False)
        streams.flow(500)
        accounts = [streams.stop()]
    gap_rows(job, "restart relay", "relay killed and started", accounts, {"up": WANTED_RELAY_MS, "down": WANTED_RELAY_MS})
    with Lab("bench-restart-home") as lab:
        play = Play(lab)
        streams = TwoWay(play)
        play.server.kill()
        play.server.start()
        start = time.monotonic()
        streams.flow(100)
        took = time.monotonic() - start
    job.add(name="restart home", measure="home server killed and started: streams flow again after", unit="s", ours=took,
            wanted=f"<= {WANTED_HOME_S} s", met=took <= WANTED_HOME_S)


def run(job):
    for name, rows in zip(NAMES, (flood_rows, dead_path_rows, relay_roam_rows, restart_rows)):
        if not job.wants(name):
            continue
        job.say(f"{name}: ", end="")
        try:
            rows(job)
        except Interrupted:
            raise
        except LabError as e:
            job.fail(name, e)
