#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Targets of a multiplexer: answers datagrams on some ports, and keeps count.

    udptarget.py ADDR STATUS MODE:PORT ...

echo     sends every datagram back
count    answers with the number of datagrams that came to this port, in decimal
silent   never answers
hint     answers with "unknown SPI" (docs/protocol.md, 14)
flood    sends 1,200 octets at full speed, by the kernel's segmentation, to whom the first datagram came from, until
         that is refused or a datagram has "stop" in it
clock    sends 500 octets every 2 ms, the first eight the time in ns (CLOCK_MONOTONIC), to whom the first datagram came
         from, until the same
STATUS is a file that holds, as JSON, how many datagrams came to each port and how many the floods sent.
"""
import json
import os
import select
import socket
import sys
import time

BURST, LENGTH, EVERY_S = 50, 1200, 0.02
TICK_NS, TICK_LENGTH = 2_000_000, 500
UDP_SEGMENT = 103       # linux/udp.h


class Port:
    """One mode on one port."""

    def __init__(self, addr, mode, port):
        self.at, self.mode, self.name, self.seen, self.sent = (addr, port), mode, f"{mode}:{port}", 0, 0
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.sock.bind(self.at)
        self.sock.setblocking(False)

    def take(self, floods):
        """Serve what waits, a bounded number at once."""
        for _ in range(256):
            try:
                octets, peer = self.sock.recvfrom(65536)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                continue
            self.seen += 1
            if self.mode in ("flood", "clock"):
                floods.append((Flood if self.mode == "flood" else Clock)(self, peer))
            elif self.mode != "silent":
                self.answer({"echo": octets, "hint": b"\x10\0\0\0" + octets[:4]}.get(self.mode, str(self.seen).encode()), peer)

    def answer(self, octets, peer):
        try:
            self.sock.sendto(octets, peer)
            self.sent += 1
        except (BlockingIOError, ConnectionRefusedError):
            pass


class Sender:
    """A connected socket, so that the kernel says when nobody is there any more."""

    def __init__(self, port, peer):
        self.port = port
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.sock.bind(port.at)
        self.sock.connect(peer)
        self.sock.setblocking(False)

    def go_on(self):
        """False when it is over."""
        try:
            self.send()
            return b"stop" not in self.sock.recv(100)
        except BlockingIOError:
            return True
        except OSError:
            return False


class Flood(Sender):
    def send(self):
        self.sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, LENGTH)
        first = self.port.sent
        self.sock.send(b"".join(n.to_bytes(8, "big") + bytes(LENGTH - 8) for n in range(first, first + BURST)))
        self.port.sent += BURST


class Clock(Sender):
    next = 0

    def send(self):
        now = time.monotonic_ns()
        if now >= self.next:
            self.next = max(self.next + TICK_NS, now)
            self.sock.send(now.to_bytes(8, "big") + bytes(TICK_LENGTH - 8))
            self.port.sent += 1


class Status:
    def __init__(self, path, ports):
        self.path, self.ports, self.next, self.last = path, ports, 0, None

    def write(self):
        now = time.monotonic()
        text = json.dumps({p.name: [p.seen, p.sent] for p in self.ports})
        if now < self.next or text == self.last:
            return
        self.next, self.last = now + EVERY_S, text
        with open(self.path + ".new", "w") as f:
            f.write(text)
        os.rename(self.path + ".new", self.path)


def pause(floods):
    if any(isinstance(f, Flood) for f in floods):
        return 0
    return TICK_NS / 2e9 if floods else EVERY_S


def main():
    if len(sys.argv) < 4:
        print(__doc__, file=sys.stderr)
        return 2
    ports = []
    for word in sys.argv[3:]:
        mode, _, number = word.partition(":")
        ports.append(Port(sys.argv[1], mode, int(number)))
    status, floods = Status(sys.argv[2], ports), []
    status.write()
    print("ready", flush=True)
    while True:
        for readable in select.select([p.sock for p in ports], [], [], pause(floods))[0]:
            next(p for p in ports if p.sock is readable).take(floods)
        floods = [f for f in floods if f.go_on()]
        status.write()


if __name__ == "__main__":
    sys.exit(main())
