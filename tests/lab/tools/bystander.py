#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Another client of a multiplexer: one WebSocket tunnel to an echo, one datagram after the other, for as long as it runs.

    bystander.py ADDR PORT CA NAME STATUS

CA is the file of the trust anchor, `-` for no TLS.  STATUS is a file that holds: exchanged, lost, the longest
exchange in ms so far.  A datagram that is not back within a minute is lost.
"""
import os
import signal
import socket
import ssl
import sys
import time
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from muxwire import Conn, WebSocket, esp

LOST_S, EVERY_S, LENGTH = 60.0, 0.005, 600


def connect(addr, port, ca, name):
    sock = socket.create_connection((addr, int(port)), LOST_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if ca != "-":
        sock = ssl.create_default_context(cafile=ca).wrap_socket(sock, server_hostname=name)
    return Conn(sock, LOST_S)


def exchange(tunnel, number):
    """True when this very datagram came back."""
    sent = esp(number.to_bytes(8, "big") + os.urandom(LENGTH - 12))
    tunnel.send(sent)
    end = time.monotonic() + LOST_S
    while time.monotonic() < end:
        try:
            if tunnel.recv() == sent:
                return True
        except socket.timeout:
            pass
    return False


def main():
    if len(sys.argv) != 6:
        print(__doc__, file=sys.stderr)
        return 2
    tunnel = WebSocket(connect(*sys.argv[1:5]))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    exchanged, lost, longest, number = 0, 0, 0.0, 0
    print("ready", flush=True)
    while True:
        number, began = number + 1, time.monotonic()
        if exchange(tunnel, number):
            exchanged, longest = exchanged + 1, max(longest, (time.monotonic() - began) * 1000)
        else:
            lost += 1
        with open(sys.argv[5] + ".new", "w") as f:
            f.write(f"{exchanged} {lost} {longest:.1f}\n")
        os.rename(sys.argv[5] + ".new", sys.argv[5])
        time.sleep(EVERY_S)


if __name__ == "__main__":
    sys.exit(main())
