#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Sends datagrams given in hexadecimal, one a line on standard input, and prints each answer likewise.

    udp.py ADDR PORT [--bind ADDR:PORT] [--wait-ms N]

After each datagram it waits for one answer, at most N ms (500); no answer prints an empty line.
"""
import socket
import sys


def option(name, otherwise):
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else otherwise


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    addr, port = sys.argv[1], int(sys.argv[2])
    s = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET, socket.SOCK_DGRAM)
    bind = option("--bind", None)
    if bind:
        host, _, number = bind.rpartition(":")
        s.bind((host, int(number)))
    s.settimeout(int(option("--wait-ms", 500)) / 1000)
    for line in sys.stdin:
        s.sendto(bytes.fromhex(line.strip()), (addr, port))
        try:
            print(s.recv(65536).hex(), flush=True)
        except (socket.timeout, ConnectionRefusedError):
            print("", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
