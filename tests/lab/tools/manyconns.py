#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Opens many TCP connections and sends what its operands say over each.

    manyconns.py ADDR PORT COUNT [HEX]

Prints `opened N, open M` once all were tried: how many the other end took, and how many it has not closed since; and
again whenever M has changed.  Runs until it is ended.
"""
import resource
import selectors
import socket
import sys
import time

AT_ONCE = 512


class Crowd:
    def __init__(self, addr, port, octets):
        self.at, self.octets = (addr, port), octets
        self.watch = selectors.DefaultSelector()
        self.opened = self.failed = self.gone = self.waiting = 0

    def one(self):
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.setblocking(False)
        s.connect_ex(self.at)
        self.watch.register(s, selectors.EVENT_WRITE)
        self.waiting += 1

    def step(self, timeout):
        for key, _ in self.watch.select(timeout):
            if key.events == selectors.EVENT_WRITE:
                self.connected(key.fileobj)
            else:
                self.heard(key.fileobj)

    def connected(self, s):
        self.waiting -= 1
        try:
            error = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if not error and self.octets:
                s.send(self.octets)
        except OSError as e:
            error = e.errno
        if error:
            self.failed += 1
            self.drop(s)
        else:
            self.opened += 1
            self.watch.modify(s, selectors.EVENT_READ)

    def heard(self, s):
        try:
            got = s.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            got = b""
        if not got:
            self.gone += 1
            self.drop(s)

    def drop(self, s):
        self.watch.unregister(s)
        s.close()

    def figures(self):
        return f"opened {self.opened}, open {self.opened - self.gone}"


def main():
    if len(sys.argv) not in (4, 5):
        print(__doc__, file=sys.stderr)
        return 2
    count = int(sys.argv[3])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 100), hard))
    crowd = Crowd(sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.argv[4]) if len(sys.argv) == 5 else b"")
    for _ in range(count):
        crowd.one()
        while crowd.waiting >= AT_ONCE:
            crowd.step(1)
        crowd.step(0)
    while crowd.waiting:
        crowd.step(1)
    said = None
    while True:
        if said != crowd.figures():
            said = crowd.figures()
            print(said, flush=True)
        end = time.monotonic() + 0.2
        while time.monotonic() < end:
            crowd.step(0.1)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(0)
