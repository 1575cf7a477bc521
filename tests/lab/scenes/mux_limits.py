#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A multiplexer is no gun that shoots UDP: a tunnel whose target never answers is held to few datagrams; an address has
so many tunnels and no more; an idle session ends.

    client (many tunnels) -----------------+-- mux --+-- target: echo, silent
    other (bystander, through everything) -+
"""
import os
import sys
import time
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from muxkit import MuxLab, exchange
from muxwire import Refused, cu_request, datagram, prefixed, request, ws_frame
from netlab import wait_until
from scenekit import check, main

SHOTS = 2000
UNANSWERED, PER_S, TUNNELS = 64, 4, 64      # the defaults
SILENT = "silent:4502"


def cannon(mux, what, fire):
    """SHOTS datagrams at a target that never answers."""
    before, began = mux.targets.seen(SILENT), time.monotonic()
    fire()
    wait_until(lambda: mux.targets.seen(SILENT) - before >= UNANSWERED, "the first of them")
    settled = mux.targets.settled(SILENT) - before
    most = UNANSWERED + PER_S * (time.monotonic() - began + 1)
    check(UNANSWERED <= settled <= most, f"{what}: of {SHOTS} datagrams to a target that never answers {settled} are sent")


def silent(mux):
    for what, tunnel in (("WebSocket", mux.websocket("silent")), ("connect-udp", mux.connect_udp("silent", tls=False)),
                         ("plain requests", mux.plain("silent", tls=False))):
        frame = {"WebSocket": ws_frame, "connect-udp": datagram}.get(what)
        payloads = [os.urandom(20) for _ in range(SHOTS)]
        if frame:
            cannon(mux, what, lambda: tunnel.conn.send(b"".join(frame(p) for p in payloads)))
        else:
            cannon(mux, what, lambda: [tunnel.send(*payloads[n:n + 500]) for n in range(0, SHOTS, 500)])
        before = mux.targets.seen(SILENT)
        tunnel.send(b"later")
        wait_until(lambda: knock(tunnel) and mux.targets.seen(SILENT) > before, "one more, later", 5, 0.2)
        tunnel.close()
    check(True, "later a few more are, so that a target that comes back is found")


def knock(tunnel):
    tunnel.send(b"again")
    return True


def answered(mux):
    """One answer, and the limit is gone."""
    tunnel = mux.websocket("home")
    exchange(tunnel, 10)
    before = mux.targets.seen("echo:4500")
    got = 0
    for _ in range(20):
        tunnel.conn.send(b"".join(ws_frame(os.urandom(100)) for _ in range(50)))
        for _ in range(50):
            tunnel.recv()
            got += 1
    wait_until(lambda: mux.targets.seen("echo:4500") - before >= got, "the target's count")
    check(got == 1000, "a target that answers: a thousand datagrams, no limit")
    tunnel.close()


def tunnels(mux):
    """As many as one address may have; a session of plain requests that ended by itself counts for a minute."""
    kept, head = [], None
    while not head and len(kept) <= TUNNELS:
        try:
            kept.append(mux.connect_udp(tls=False))
        except Refused as e:
            head = e.head
    check(head and head.status in (429, 503) and TUNNELS - 1 <= len(kept) <= TUNNELS,
          f"{len(kept)} tunnels of one address, then: {head and head.status} {head and head.reason}")
    mux.answers()
    other = mux.connect_udp(host=mux.other, tls=False)
    exchange(other)
    other.close()
    check(True, "another address has its tunnel")
    exchange(kept[0])
    exchange(kept[-1])
    check(True, "those that stand go on")
    for t in kept[:8]:
        t.close()
    wait_until(lambda: mux.ask(cu_request(), tls=False).status == 101, "room again when some have ended")
    check(True, "some end: there is room again")
    for t in kept[8:]:
        t.close()


def sessions(mux):
    """Sessions of plain requests are tunnels, whoever invents names for them."""
    answers = []
    for n in range(TUNNELS + 20):
        conn = mux.connect(tls=False)
        head, _ = conn.ask(request(f"POST /homeward/home/{n:032x}/up", "Content-Length: 3", body=prefixed(b"x")))
        answers.append(head.status)
        conn.close()
    good = sum(a in (200, 204) for a in answers)
    check(good <= TUNNELS and set(answers) - {200, 204} <= {429, 503}, f"{len(answers)} sessions of one address: {good} are taken, then {answers[-1]}")


def scene(lab):
    mux = MuxLab(lab, keys={"source_rate": 0})     # which is another scene's
    silent(mux)
    answered(mux)
    tunnels(mux)
    sessions(mux)
    mux.answers(host=mux.other)
    mux.bystander.undisturbed()


if __name__ == "__main__":
    main(scene)
