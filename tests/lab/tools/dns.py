#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A name server that knows a few names, by UDP.

    dns.py ADDR NAME=ADDRESS[,ADDRESS...] ...

Prints `ready`, then each question: its name, its type and who asked. Another name does not exist (RCODE 3).
"""
import socket
import struct
import sys

TYPES = {1: socket.AF_INET, 28: socket.AF_INET6}


def question(query):
    """The first question's name and type, and where it ends."""
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels).lower(), struct.unpack_from(">H", query, at + 1)[0], at + 5


def answer(query, known):
    name, kind, end = question(query)
    family = TYPES.get(kind)
    found = [a for a in known.get(name, []) if family == (socket.AF_INET6 if ":" in a else socket.AF_INET)]
    flags = 0x8180 if name in known else 0x8183
    out = query[:2] + struct.pack(">HHHHH", flags, 1, len(found), 0, 0) + query[12:end]
    for address in found:
        data = socket.inet_pton(family, address)
        out += struct.pack(">HHHIH", 0xc00c, kind, 1, 60, len(data)) + data
    return out


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    known = {name: addresses.split(",") for name, addresses in (word.split("=") for word in sys.argv[2:])}
    s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((sys.argv[1], 53))
    print("ready", flush=True)
    while True:
        query, peer = s.recvfrom(4096)
        print(*question(query)[:2], peer[0], flush=True)
        s.sendto(answer(query, known), peer)


if __name__ == "__main__":
    sys.exit(main())
