# SPDX-License-Identifier: MIT
"""Reads captures (pcap, Ethernet) as far as the scenes need it: UDP over IPv4 and IPv6."""
import socket
import struct
from dataclasses import dataclass


@dataclass
class Packet:
    time: float
    src: str
    dst: str
    sport: int
    dport: int
    payload: bytes


def frames(path):
    """(time, octets) of every frame."""
    with open(path, "rb") as f:
        data = f.read()
    if data[:4] != b"\xd4\xc3\xb2\xa1":
        raise ValueError(f"{path}: not a little-endian pcap file")
    at = 24
    while at + 16 <= len(data):
        sec, usec, kept, _ = struct.unpack_from("<IIII", data, at)
        if at + 16 + kept > len(data):
            return
        yield sec + usec / 1e6, data[at + 16:at + 16 + kept]
        at += 16 + kept


def parse(time, frame):
    """The UDP packet in an Ethernet frame, or None."""
    kind, ip = frame[12:14], frame[14:]
    if kind == b"\x08\x00" and ip[9] == 17:
        head, family, src, dst = (ip[0] & 15) * 4, socket.AF_INET, ip[12:16], ip[16:20]
    elif kind == b"\x86\xdd" and ip[6] == 17:
        head, family, src, dst = 40, socket.AF_INET6, ip[8:24], ip[24:40]
    else:
        return None
    sport, dport, length = struct.unpack_from(">HHH", ip, head)
    return Packet(time, socket.inet_ntop(family, src), socket.inet_ntop(family, dst), sport, dport,
                  ip[head + 8:head + length])


def packets(path):
    """Every UDP packet of a capture."""
    for time, frame in frames(path):
        p = parse(time, frame)
        if p:
            yield p


def registrations(path, kind=1):
    """The Mobile IP registration requests (kind 1) or replies (3) of a capture."""
    return [p for p in packets(path) if {434, 4500} & {p.sport, p.dport} and p.payload[:1] == bytes([kind])
            and len(p.payload) >= 20]
