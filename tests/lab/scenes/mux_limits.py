#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A multiplexer can not be used for flooding: what could not be Homeward's is sent nowhere; a tunnel whose target never
answers, or only by hints, is held to few datagrams, and so are all tunnels of one address together, however often new ones are opened; an address has so many tunnels and no more; a tunnel and
a session of plain requests that are idle end; a client that has vanished will be noticed.

    client (many tunnels) -----------------+-- mux --+-- target: echo, silent, hint
    other (bystander, through everything) -+
"""
import os
import sys
import time
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from muxkit import MuxLab, exchange
from muxwire import CLOSE, Refused, cu_request, datagram, esp, prefixed, request, ws_frame
from netlab import wait_until
from scenekit import check, main

SHOTS = 2000
UNANSWERED, PER_S, TUNNELS = 64, 4, 64      # the defaults
SOURCE, SOURCE_PER_S = 256, 32
AGAIN, SHOTS_EACH = 150, 40                 # tunnels one after the other, each within what one may send
IDLE_S = 3
SILENT, HINT = "silent:4502", "hint:4507"


def flood_by(mux, what, send):
    """SHOTS datagrams at a target that never answers."""
    before, began = mux.targets.seen(SILENT), time.monotonic()
    send()
    wait_until(lambda: mux.targets.seen(SILENT) - before >= UNANSWERED, "the first of them")
    settled = mux.targets.settled(SILENT) - before
    most = UNANSWERED + PER_S * (time.monotonic() - began + 1)
    check(UNANSWERED <= settled <= most, f"{what}: of {SHOTS} datagrams to a target that never answers {settled} are sent")


def silent(mux):
    for what, tunnel in (("WebSocket", mux.websocket("silent")), ("connect-udp", mux.connect_udp("silent", tls=False)),
                         ("plain requests", mux.plain("silent", tls=False))):
        frame = {"WebSocket": ws_frame, "connect-udp": datagram}.get(what)
        payloads = [esp(os.urandom(32)) for _ in range(SHOTS)]
        if frame:
            flood_by(mux, what, lambda: tunnel.conn.send(b"".join(frame(p) for p in payloads)))
        else:
            flood_by(mux, what, lambda: [tunnel.send(*payloads[n:n + 500]) for n in range(0, SHOTS, 500)])
        before = mux.targets.seen(SILENT)
        tunnel.send(esp(b"later"))
        wait_until(lambda: knock(tunnel) and mux.targets.seen(SILENT) > before, "one more, later", every=0.2)
        tunnel.close()
    check(True, "later a few more are, so that a target that comes back is found")


def hinted(mux):
    """A hint is no answer: anybody can cause one."""
    tunnel, before, began = mux.connect_udp("hint", host=mux.other, tls=False), mux.targets.seen(HINT), time.monotonic()
    tunnel.send(esp(b"is anybody there"))
    check(tunnel.recv()[:4] == b"\x10\0\0\0", "a target that answers ESP by \"unknown SPI\"")
    tunnel.conn.send(b"".join(datagram(esp(os.urandom(32))) for _ in range(SHOTS)))
    wait_until(lambda: mux.targets.seen(HINT) - before >= UNANSWERED, "the first of them")
    settled = mux.targets.settled(HINT) - before
    most = UNANSWERED + PER_S * (time.monotonic() - began + 1)
    check(UNANSWERED <= settled <= most, f"of {SHOTS} datagrams behind that {settled} are sent")
    tunnel.close()


def foreign(mux):
    """What could not be ours is sent to no target, and counted."""
    tunnel, before = mux.connect_udp("silent", tls=False), mux.targets.seen(SILENT)
    dropped = mux.status()["counters"]["dropped_foreign"]
    tunnel.conn.send(b"".join(datagram(b"x" * (n % 30 + 1)) for n in range(SHOTS)) + datagram(esp(b"the only one")))
    wait_until(lambda: mux.targets.seen(SILENT) > before, "the one that could be")
    settled, dropped = mux.targets.settled(SILENT) - before, mux.status()["counters"]["dropped_foreign"] - dropped
    check(settled == 1 and dropped == SHOTS, f"{SHOTS} datagrams of 1 to 30 octets that are none of ours: none is sent, {dropped} are counted")
    tunnel.close()


def knock(tunnel):
    tunnel.send(esp(b"again"))
    return True


def one_after_the_other(mux):
    """The limit of a tunnel begins with it; that of its address does not."""
    before, began = mux.targets.seen(SILENT), time.monotonic()
    shots = b"".join(ws_frame(esp(os.urandom(32))) for _ in range(SHOTS_EACH))
    for _ in range(AGAIN):
        tunnel = mux.websocket("silent", tls=False)
        tunnel.conn.send(shots + ws_frame(b"", CLOSE))
        tunnel.conn.ends()      # so it has read them all
        tunnel.close()
    settled, most = mux.targets.settled(SILENT) - before, SOURCE + SOURCE_PER_S * (time.monotonic() - began + 1)
    check(UNANSWERED <= settled <= most < AGAIN * SHOTS_EACH,
          f"{AGAIN} tunnels one after the other with {SHOTS_EACH} datagrams each: {settled} are sent")
    exchange(mux.websocket("home", tls=False), 40, 1000)
    check(True, "a neighbour of the same address begins all the same")
    before = mux.targets.seen(SILENT)
    shots_of_other = mux.websocket("silent", host=mux.other, tls=False)
    shots_of_other.conn.send(b"".join(ws_frame(esp(os.urandom(32))) for _ in range(UNANSWERED)))
    wait_until(lambda: mux.targets.seen(SILENT) - before >= UNANSWERED, "all that one tunnel of another address may send")
    shots_of_other.close()
    check(True, "another address has a limit of its own")


def answered(mux):
    """ESP comes back, and the limit is gone."""
    tunnel = mux.websocket("home")
    exchange(tunnel, 40)
    before = mux.targets.seen("echo:4500")
    got = 0
    for _ in range(20):
        tunnel.conn.send(b"".join(ws_frame(esp(os.urandom(100))) for _ in range(50)))
        for _ in range(50):
            tunnel.recv()
            got += 1
    wait_until(lambda: mux.targets.seen("echo:4500") - before >= got, "the target's count")
    check(got == 1000, "a target that answers: a thousand datagrams, no limit")
    tunnel.close()


def open_of_client(mux):
    """Tunnels.  One is the bystander's; sessions of plain requests that nobody uses any more count, for a minute."""
    return sum(mux.status()["tunnels"].values()) - 1


def tunnels(mux):
    """As many as one address may have."""
    wait_until(lambda: mux.status()["tunnels"]["connect_udp"] == 0 and mux.status()["tunnels"]["websocket"] == 1,
               "earlier tunnels to end")
    kept, head, room = [], None, TUNNELS - open_of_client(mux)
    while not head and len(kept) <= TUNNELS:
        try:
            kept.append(mux.connect_udp(tls=False))
        except Refused as e:
            head = e.head
    check(head and head.status == 429 and len(kept) == room and TUNNELS - 4 <= room <= TUNNELS,
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
    wait_until(lambda: mux.status()["tunnels"]["connect_udp"] == 0, "earlier tunnels to end")
    answers, room = [], TUNNELS - open_of_client(mux)
    for n in range(TUNNELS + 20):
        conn = mux.connect(tls=False)
        head, _ = conn.ask(request(f"POST /homeward/home/{n:032x}/up", "Content-Length: 3", body=prefixed(b"x")))
        answers.append(head.status)
        conn.close()
    check(answers == [204] * room + [429] * (len(answers) - room) and room >= TUNNELS - 4,
          f"{len(answers)} sessions of one address: {answers.count(204)} are taken, then {answers[-1]}")


def idle(mux):
    """Whoever says nothing for idle_timeout is gone; whoever does is not (the bystander)."""
    mux.set("idle_timeout", IDLE_S)
    mux.reload()
    mux.proc.wait_text("log level reloaded")
    check(f"after {IDLE_S} s" in mux.call("check").stdout, "homeward-mux check says when a tunnel is idle")
    before, stood = mux.status(), time.monotonic()
    held = mux.plain(tls=False)
    websocket, connect_udp = mux.websocket(), mux.connect_udp(tls=False)
    for tunnel in (held, websocket, connect_udp):
        exchange(tunnel, 100)
    conn = mux.connect(tls=False)
    head, _ = conn.ask(request(f"POST /homeward/home/{'7' * 32}/up", "Content-Length: 3", body=prefixed(b"x")))
    conn.close()
    now = mux.status()["tunnels"]
    check(head.status == 204 and now["plain"] == before["tunnels"]["plain"] + 2 and now["websocket"] == 2 and now["connect_udp"] == 1,
          "a tunnel of each kind, and a session without a request")
    code = websocket.closed()
    check(code == 1001 and connect_udp.conn.ends() is not None and ended(held),
          f"idle for {time.monotonic() - stood:.1f} s: the WebSocket is closed with {code}, connect-udp and the held GET end")
    wait_until(lambda: mux.status()["tunnels"] == before["tunnels"], "the session without a request to end")
    timeouts = mux.status()["counters"]["timeouts"] - before["counters"]["timeouts"]
    check(timeouts == 4 and time.monotonic() - stood >= IDLE_S, f"so does the session without one; status counts {timeouts} time-outs")
    for tunnel in (held, websocket, connect_udp):
        tunnel.close()
    mux.set("idle_timeout", 600)
    mux.reload()
    wait_until(lambda: mux.proc.text().count("log level reloaded") == 2, "that to be taken back")


def ended(held):
    """The answer to a held GET."""
    try:
        return held.recv() is None
    except EOFError:
        return True


def vanished(mux):
    """What the system does then takes two minutes: here, that it was asked to."""
    tunnel = mux.connect_udp(tls=False)
    port = tunnel.conn.sock.getsockname()[1]
    wait_until(lambda: "timer:(keepalive,1min" in mux.host.run(
        ["ss", "-Htno", "state", "established", f"( dport = :{port} )"]).stdout, "a timer of its connection")
    check(True, "a tunnel's client is asked for a sign of life after 90 s of silence")
    tunnel.close()


def scene(lab):
    mux = MuxLab(lab, keys={"source_rate": 0})     # which is another scene's
    foreign(mux)
    hinted(mux)
    silent(mux)
    one_after_the_other(mux)
    answered(mux)
    vanished(mux)
    idle(mux)
    tunnels(mux)
    sessions(mux)
    mux.answers(host=mux.other)
    mux.bystander.undisturbed()


if __name__ == "__main__":
    main(scene)
