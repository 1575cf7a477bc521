#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A client that reads nothing for a while gets what is fresh when it reads again: what waits too long is dropped from
the front, and only what TCP had taken already is old. For one that reads half of what comes, too.

    client (small receive buffer, stops reading) --+-- mux --+-- target: clock, a timestamp every 2 ms
    other (bystander, through everything) ---------+
"""
import sys
import time
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from muxkit import MuxLab
from muxwire import esp
from scenekit import check, fact, main

PAUSE_S, RECEIVE = 1.5, 16 * 1024
OLD_MAX = 256 * 1024    # octets: two sockets' buffers
TICK_LENGTH, TICK_S = 500, 0.002
BEHIND, CLOCK = 1500, "clock:4506"


def age_ms(payload):
    return (time.monotonic_ns() - int.from_bytes(payload[:8], "big")) / 1e6


def fresh(tunnel, seconds):
    """Ages of what comes while it is read at once."""
    end, ages = time.monotonic() + seconds, []
    while not ages or time.monotonic() < end:
        ages.append(age_ms(tunnel.recv()))
    return sorted(ages)


def read_again(tunnel):
    """(datagrams that TCP had, ages of those that waited in the multiplexer): a hole in time is between them."""
    old, last = 0, None
    while True:
        payload = tunnel.recv()
        stamp = int.from_bytes(payload[:8], "big")
        if last is not None and stamp - last > PAUSE_S / 2 * 1e9:
            return old, [age_ms(payload)] + [age_ms(tunnel.recv()) for _ in range(200)]
        last, old = stamp, old + 1


def slow(name, tunnel):
    tunnel.send(esp(b"go"))
    ages = fresh(tunnel, 0.5)
    fact(f"{name}: read at once, datagrams are {ages[len(ages) // 2]:.1f} ms old")
    time.sleep(PAUSE_S)         # this time is what is shown, there is nothing to wait for
    old, ages = read_again(tunnel)
    check(old * TICK_LENGTH < OLD_MAX, f"    nothing read for {PAUSE_S:g} s, then: {old * TICK_LENGTH // 1024} KiB that TCP had taken")
    fact(f"    then a hole, and behind it the oldest is {max(ages):.0f} ms old")
    tunnel.send(esp(b"stop"))
    tunnel.close()


def rest(tunnel):
    """How many still come."""
    tunnel.conn.sock.settimeout(1)
    count = 0
    try:
        while tunnel.recv() is not None:
            count += 1
    except TimeoutError:
        pass
    return count


def steady(mux, tunnel):
    """Read at half the pace until it is far behind: further than what any buffer holds."""
    before, ages = mux.targets.sent(CLOCK), []
    tunnel.send(esp(b"go"))
    while mux.targets.sent(CLOCK) - before - len(ages) < BEHIND:
        ages.append(age_ms(tunnel.recv()))
        time.sleep(2 * TICK_S)
    tunnel.send(esp(b"stop"))
    read = len(ages) + rest(tunnel)
    missed = mux.targets.sent(CLOCK) - before - read
    check(missed > BEHIND / 4, f"read at half the pace: {read} datagrams, {missed} were left out, the last was {ages[-1]:.0f} ms old")
    tunnel.close()


def scene(lab):
    mux = MuxLab(lab)
    for tls in (False, True):
        how = {"tls": tls, "receive": RECEIVE}
        kind = "https" if tls else "http"
        for name, make in (("WebSocket", mux.websocket), ("connect-udp", mux.connect_udp), ("plain requests", mux.plain)):
            tunnel = make("clock", **how)
            slow(f"{kind}, {name}", tunnel)
    steady(mux, mux.connect_udp("clock", tls=True, receive=RECEIVE))
    dropped = mux.status()["counters"]["dropped_slow"]
    check(dropped > 0, f"{dropped} datagrams were dropped because they had waited too long")
    mux.bystander.undisturbed()


if __name__ == "__main__":
    main(scene)
