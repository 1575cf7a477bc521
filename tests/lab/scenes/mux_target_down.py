#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A target that is down: 504 to who asks for it, 1001 to who has a WebSocket open, one line in the log; other targets
go on; and when it comes back, it is found.  One that merely does not answer is not down.

    client --------------------------------+-- mux --+-- target: echo | nobody at its port | no host at all | no route
    other (bystander, through everything) -+
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from muxkit import TARGET4, MuxLab, Targets, exchange
from muxwire import CLOSE, Refused, close_code, esp
from netlab import LabError, wait_until
from scenekit import check, main

AGAIN = "echo:4504"     # [target down] of mux.conf
CARRIERS = (("WebSocket", "websocket"), ("connect-udp", "connect_udp"), ("plain requests", "plain"))
ENDS = {"websocket": ("closed with 1001",), "connect_udp": ("ended",), "plain": ("ended", 504)}   # of a tunnel that stood
SILENCE_S = 3.5         # the kernel of the multiplexer has given up to find the host by then


def begin(mux, carrier, target, patience=5):
    """A tunnel, or the status that refuses it."""
    try:
        return getattr(mux, carrier)(target, patience=patience)
    except Refused as e:
        return e.head.status


def end_of(tunnel, carrier):
    """What its client learns: a close code, `ended`, a status, or `nothing`."""
    try:
        if carrier == "websocket":
            opcode, payload = tunnel.frame()
            return f"closed with {close_code(payload)}" if opcode == CLOSE else "a frame"
        tunnel.recv()
        return "a datagram"
    except TimeoutError:
        return "nothing"
    except (EOFError, ConnectionError):
        return "ended"


def send(tunnel):
    """What a POST is answered shows it too."""
    try:
        tunnel.send(esp(b"anybody?"))
    except Refused as e:
        return e.head.status
    return None


def fate(mux, carrier, target):
    """Of a new client that sends a datagram."""
    tunnel = begin(mux, carrier, target)
    if isinstance(tunnel, int):
        return tunnel
    try:
        return send(tunnel) or end_of(tunnel, carrier)
    finally:
        tunnel.close()


class ExpectedLog:
    """What the log gets meanwhile: these lines and no others."""

    def __init__(self, mux, *words):
        self.mux, self.words = mux, words

    def __enter__(self):
        self.before = len(self.mux.log())

    def __exit__(self, kind, *_):
        if kind:
            return
        lines = self.mux.log()[self.before:]
        check(len(lines) == len(self.words) and all(w in line for w, line in zip(self.words, lines)),
              f"the log's lines: {lines or 'none'}")


def refused_at_once(mux, target, what):
    """By every carrier.  A client that comes a second after the last one is what finds it down again, and gets 504 then."""
    for name, carrier in CARRIERS:
        got = [fate(mux, carrier, target)]
        while got[-1] in ENDS[carrier] and got[-1] != 504 and len(got) < 10:
            got.append(fate(mux, carrier, target))
        check(got[-1] == 504, f"{what}, {name}: {', '.join(map(str, got))}")


def nobody_there(mux):
    with ExpectedLog(mux, f"target {TARGET4}:4504 is down: Connection refused"):
        got = fate(mux, "websocket", "down")
        check(got == "closed with 1001", f"nobody at the port, the first who comes: {got}")
        refused_at_once(mux, "down", "nobody at the port, all others")


def no_route(mux):
    with ExpectedLog(mux, "is down: Network is unreachable"):
        for name, carrier in CARRIERS:
            got = fate(mux, carrier, "noroute")
            check(got == 504, f"no route there, {name}: {got}")


def no_host(mux):
    """No such host: the kernel's word of that is a hint, as is a router's; and a lost packet looks the same."""
    with ExpectedLog(mux):
        tunnels = [(carrier, begin(mux, carrier, "nohost", SILENCE_S)) for _, carrier in CARRIERS]
        got = [t if isinstance(t, int) else send(t) for _, t in tunnels]
        check(got == [None] * 3, "no such host: every carrier gets its tunnel")
        got = []
        for carrier, tunnel in tunnels:
            got.append(end_of(tunnel, carrier))
            for other in (t.down if c == "plain" else t.conn for c, t in tunnels):
                other.sock.settimeout(0.2)
        check(got == ["nothing"] * 3, f"and gets nothing, but no 504: {', '.join(got)}")
        again = begin(mux, "websocket", "nohost")
        check(not isinstance(again, int), "who comes later gets a tunnel, too")
        for tunnel in (again, *(t for _, t in tunnels)):
            tunnel.close()


def comes_back(mux):
    """The target's program starts."""
    with ExpectedLog(mux, f"target {TARGET4}:4504 answers again"):
        targets = Targets(mux.lab, mux.far, TARGET4, (AGAIN,), name="again")
        for name, carrier in CARRIERS:
            wait_until(lambda: works(mux, carrier), f"{name} to reach the target that is back", every=0.1)
        wait_until(lambda: targets.seen(AGAIN) >= 3, "the target's count")
        check(True, "it comes back: new tunnels of every kind reach it")


def dies(mux):
    """A target that dies under tunnels that are open, and comes back."""
    targets = Targets(mux.lab, mux.far, TARGET4, ("echo:4505",), name="dying")
    tunnels = [(name, carrier, begin(mux, carrier, "dying")) for name, carrier in CARRIERS]
    for _, _, tunnel in tunnels:
        exchange(tunnel)
    with ExpectedLog(mux, f"target {TARGET4}:4505 is down: Connection refused"):
        targets.proc.kill()
        targets.proc.wait()
        for name, carrier, tunnel in tunnels:
            got = send(tunnel) or end_of(tunnel, carrier)
            check(got in ENDS[carrier], f"the target dies under a tunnel ({name}): {got}")
            tunnel.close()
        refused_at_once(mux, "dying", "and new clients")
    with ExpectedLog(mux, f"target {TARGET4}:4505 answers again"):
        targets = Targets(mux.lab, mux.far, TARGET4, ("echo:4505",), name="dying")
        wait_until(lambda: works(mux, "websocket", "dying"), "a new tunnel to the target that is back", every=0.1)


def works(mux, carrier, target="down"):
    try:
        tunnel = getattr(mux, carrier)(target, patience=2)
    except Refused:
        return False
    try:
        exchange(tunnel, 100)
        return True
    except (EOFError, OSError, LabError):
        return False
    finally:
        tunnel.close()


def scene(lab):
    mux = MuxLab(lab, start=False)
    mux.set("address", "192.0.2.77:4500", "target nohost")
    mux.set("address", "198.51.100.1:4500", "target noroute")
    mux.set("address", f"{TARGET4}:4505", "target dying")
    mux.start()
    mux.watch_others()
    nobody_there(mux)
    no_host(mux)
    no_route(mux)
    check(fate(mux, "websocket", "home") == "a frame", "another target answers all the while")
    comes_back(mux)
    dies(mux)
    down = mux.status()["counters"]["target_down"]
    check(down >= 3, f"status: {down} times a target was down")
    mux.answers()
    mux.bystander.undisturbed()


if __name__ == "__main__":
    main(scene)
