#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A download whose content is known beforehand, and what the client saw of it.

    download.py serve ADDR PORT
    download.py get ADDR PORT BYTES [--rate-mbit N] [--status FILE]
    download.py hash BYTES

The content is a 1 MiB pattern, each 64 KiB of which starts with its number in the stream: no two
blocks are alike, and 1 Gbit/s costs little.  `get` prints one JSON object: bytes, sha256, seconds,
mbit_s, longest_gap_ms (between two reads); FILE holds the bytes so far.  The server's kernel paces the
connection to --rate-mbit until the server gets SIGUSR1: it can be made to last, and what piled up while
there was no path does not come as a burst that drops other streams' packets from a queue.
"""
import hashlib
import json
import os
import random
import signal
import socket
import sys
import threading
import time

SO_MAX_PACING_RATE = 47  # asm-generic/socket.h; octets a second
UNPACED = b"\xff\xff\xff\xff"  # as an int it is out of Python's range
BLOCK = 65536
PATTERN = random.Random(5944).randbytes(16 * BLOCK)


def block(number):
    at = (number % 16) * BLOCK
    return number.to_bytes(8, "big") + PATTERN[at + 8:at + BLOCK]


def content(total):
    for number in range((total + BLOCK - 1) // BLOCK):
        yield block(number)[:total - number * BLOCK]


def serve_one(conn, hurry):
    try:
        words = conn.makefile("rb").readline().split()
        total, rate_mbit = int(words[1]), float(words[2])
        paced = rate_mbit > 0
        if paced:
            conn.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, int(rate_mbit * 1e6 / 8))
        for data in content(total):
            if paced and hurry.is_set():
                paced = False
                conn.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, UNPACED)
            conn.sendall(data)
    except OSError as e:
        print(f"connection lost: {e}", flush=True)
    finally:
        conn.close()


def family_of(addr):
    return socket.AF_INET6 if ":" in addr else socket.AF_INET


def serve(addr, port):
    hurry = threading.Event()
    signal.signal(signal.SIGUSR1, lambda *_: hurry.set())
    s = socket.socket(family_of(addr))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((addr, port))
    s.listen(64)
    print("ready", flush=True)
    while True:
        conn, _ = s.accept()
        threading.Thread(target=serve_one, args=(conn, hurry), daemon=True).start()


def get(addr, port, total, rate_mbit=0.0, status=None):
    s = socket.socket(family_of(addr))
    s.connect((addr, port))
    s.sendall(f"GET {total} {rate_mbit}\n".encode())
    digest, got, gap, start = hashlib.sha256(), 0, 0.0, time.monotonic()
    last = shown = start
    out = os.open(status, os.O_CREAT | os.O_TRUNC | os.O_WRONLY) if status else -1
    while data := s.recv(1 << 20):
        now = time.monotonic()
        gap, last = max(gap, now - last), now
        digest.update(data)
        got += len(data)
        if out >= 0 and now - shown > 0.005:
            os.pwrite(out, b"%16d\n" % got, 0)
            shown = now
    seconds = time.monotonic() - start
    return {"bytes": got, "sha256": digest.hexdigest(), "seconds": round(seconds, 3),
            "mbit_s": round(got * 8e-6 / seconds, 1), "longest_gap_ms": round(gap * 1000, 1)}


def expected_hash(total):
    digest = hashlib.sha256()
    for data in content(total):
        digest.update(data)
    return digest.hexdigest()


def option(argv, name, otherwise):
    return argv[argv.index(name) + 1] if name in argv else otherwise


def main(argv):
    if argv[1:2] == ["serve"] and len(argv) == 4:
        serve(argv[2], int(argv[3]))
    elif argv[1:2] == ["hash"] and len(argv) == 3:
        print(expected_hash(int(argv[2])))
    elif argv[1:2] == ["get"] and len(argv) >= 5:
        result = get(argv[2], int(argv[3]), int(argv[4]), float(option(argv, "--rate-mbit", 0)),
                     option(argv, "--status", None))
        print(json.dumps(result))
        return 0 if result["bytes"] == int(argv[4]) else 1
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
