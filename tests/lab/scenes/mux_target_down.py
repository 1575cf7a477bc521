#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A target that is down: 504, or a close with a reason; other targets go on; and when it comes back, it is found.

    client --------------------------------+-- mux --+-- target: echo | nobody at its port | no host at all | no route
    other (bystander, through everything) -+
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from muxkit import TARGET4, MuxLab, Targets, exchange
from muxwire import CLOSE, Refused, close_code
from netlab import LabError, wait_until
from scenekit import check, fact, main

AGAIN = "echo:4504"     # [target down] of mux.conf
CARRIERS = (("WebSocket", "websocket"), ("connect-udp", "connect_udp"), ("plain requests", "plain"))


def fate(mux, carrier, target, patience=3):
    """What a client learns that sends a datagram to it: a status, a close code, `ended`, or `nothing`."""
    try:
        tunnel = getattr(mux, carrier)(target, patience=patience)
    except Refused as e:
        return e.head.status
    try:
        for _ in range(3):
            tunnel.send(b"anybody?")
        if carrier == "websocket":
            opcode, payload = tunnel.frame()
            return f"closed with {close_code(payload)}" if opcode == CLOSE else "a frame"
        tunnel.recv()
        return "a datagram"
    except TimeoutError:
        return "nothing"
    except Refused as e:
        return e.head.status
    except (EOFError, ConnectionError) as e:
        return f"ended ({e})" if str(e) else "ended"
    finally:
        tunnel.close()


def told(mux, target, what, patience=3):
    for name, carrier in CARRIERS:
        before = len(mux.log())
        got = fate(mux, carrier, target, patience)
        lines = mux.log()[before:]
        said = [line for line in lines if target in line]
        check(got not in ("a datagram", "a frame") and len(lines) <= 4, f"{what}, {name}: {got}; {len(lines)} lines in the log")
        if said:
            fact(f"    {said[-1]}")


def comes_back(mux):
    """The target's program starts."""
    targets = Targets(mux.lab, mux.far, TARGET4, (AGAIN,), name="again")
    for name, carrier in CARRIERS:
        wait_until(lambda: works(mux, carrier), f"{name} to reach the target that is back", 15, 0.1)
    wait_until(lambda: targets.seen(AGAIN) >= 3, "the target's count")
    check(True, "it comes back: new tunnels of every kind reach it")


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


def goes_away(mux):
    """A target that dies under tunnels that are open."""
    for name, carrier in CARRIERS:
        targets = Targets(mux.lab, mux.far, TARGET4, ("echo:4505",), name="dying")
        wait_until(lambda: works(mux, carrier, "dying"), "the target to be reached")
        tunnel = getattr(mux, carrier)("dying")
        exchange(tunnel)
        targets.proc.kill()
        targets.proc.wait()
        got = after(tunnel, carrier)
        fact(f"the target dies under a tunnel ({name}): {got}")
        targets = Targets(mux.lab, mux.far, TARGET4, ("echo:4505",), name="dying")
        if got == "it stays open":
            exchange(tunnel)
            fact("    and goes on when the target is back")
        tunnel.close()
        wait_until(lambda: works(mux, carrier, "dying"), "a new tunnel to the target that is back")
        fact("    it is back: new tunnels reach it")
        targets.proc.kill()
        targets.proc.wait()


def after(tunnel, carrier):
    conn = tunnel.down if carrier == "plain" else tunnel.conn
    conn.sock.settimeout(1)
    try:
        for _ in range(3):
            tunnel.send(b"still there?")
        tunnel.recv()
    except TimeoutError:
        return "it stays open"
    except (EOFError, Refused, ConnectionError) as e:
        return f"it ends ({e})"
    return "an answer"


def scene(lab):
    mux = MuxLab(lab, start=False)
    mux.set("address", "192.0.2.77:4500", "target nohost")
    mux.set("address", "198.51.100.1:4500", "target noroute")
    mux.set("address", f"{TARGET4}:4505", "target dying")
    mux.start()
    mux.watch_others()
    told(mux, "down", "nobody at the port")
    told(mux, "nohost", "no such host", 2)      # the kernel says nothing of those, nor of packets lost on the way
    told(mux, "noroute", "no route there")
    check(fate(mux, "websocket", "home") == "a frame", "another target answers all the while")
    comes_back(mux)
    goes_away(mux)
    mux.answers()
    mux.bystander.undisturbed()


if __name__ == "__main__":
    main(scene)
