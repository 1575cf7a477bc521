#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Sends captured IPv4 UDP packets again, as somebody on the way could.

    replay.py PCAP [--src A] [--dst A] [--registrations] [--as-src A] [--reflect] [--times N] [--out-dst A:PORT]

--src, --dst   only packets with that source or destination
--registrations  only Mobile IP registration requests
--as-src       with this source address instead of their own
--out-dst      to this address and port instead of their own
--reflect      back to where they came from: addresses and ports exchanged
Prints the number of packets sent.
"""
import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from pcap import packets  # noqa: E402


def option(name):
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else None


def rebuild(p):
    """The IP packet to send: UDP checksum 0 (none), the kernel fills in the IP one."""
    src, dst, sport, dport = p.src, p.dst, p.sport, p.dport
    if "--reflect" in sys.argv:
        src, dst, sport, dport = dst, src, dport, sport
    src = option("--as-src") or src
    if option("--out-dst"):
        dst, dport = option("--out-dst").split(":")
    length = 8 + len(p.payload)
    udp = int(sport).to_bytes(2, "big") + int(dport).to_bytes(2, "big") + length.to_bytes(2, "big") + b"\0\0"
    ip = bytes([0x45, 0]) + (20 + length).to_bytes(2, "big") + bytes([0, 0, 0, 0, 64, 17, 0, 0])
    return ip + socket.inet_aton(src) + socket.inet_aton(dst) + udp + p.payload, dst


def wanted(p):
    if "--registrations" in sys.argv and p.payload[:1] != b"\x01":
        return False
    return (option("--src") or p.src) == p.src and (option("--dst") or p.dst) == p.dst


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    sent = 0
    for _ in range(int(option("--times") or 1)):
        for p in packets(sys.argv[1]):
            if wanted(p):
                data, dst = rebuild(p)
                raw.sendto(data, (dst, 0))
                sent += 1
    print(sent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
