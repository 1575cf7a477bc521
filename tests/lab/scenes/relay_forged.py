#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Forged, replayed, bent and foreign requests at the relay's door: nothing of them goes inwards, the answers are
few and never longer than the questions.

    lan, home -- [fw, captured inside] -- DMZ relay;  [inet] -- open -- witness (scapy), stranger
"""
import os
import socket
import sys
import time
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dmz import DIRECT4, RELAY4, RELAY_DMZ4, RelayPlay
from netlab import PATIENCE_S, wait_until
from scenekit import LAN_HOST4, check, fact, main, ping, tshark
from topology import HOME_LAN4
from witness import Registration, Reply, has_auth, key3, ntp_now, with_auth

REFUSALS, REFUSALS_PER_S = 400, 200     # of one kind, to whoever asks


class Witness:
    """A client of Python's at the relay."""

    def __init__(self, play, host):
        profile = play.profile
        fields = {}
        with open(profile) as f:
            for line in f:
                left, _, right = line.partition("=")
                fields[left.strip()] = right.strip()
        self.key, self.spi, self.nai = bytes.fromhex(fields["key"]), int(fields["spi"], 0), fields["identity"]
        self.address, self.key3 = fields["address"], key3(self.key, "dmz1")
        self.sock = host.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def request(self, **changes):
        fields = dict(key0=self.key, spi=self.spi, nai=self.nai, home_agent=DIRECT4, care_of="198.51.100.40",
                      address=socket.inet_aton(self.address))
        fields.update(changes)
        return Registration(**fields)

    def signed(self, q, key=None, spi=None):
        return with_auth(33, q.octets, self.spi if spi is None else spi, key or self.key3)

    def send(self, octets, port=4500):
        self.sock.sendto(octets, (RELAY4, port))

    def answer(self, patience_s=PATIENCE_S):
        """None: there is none."""
        self.sock.settimeout(patience_s)
        try:
            return self.sock.recv(2000)
        except socket.timeout:
            return None


def genuine(w):
    q = w.request()
    octets = w.signed(q)
    w.send(octets)
    r = Reply(w.answer(), q)
    check(r.code == 0 and r.authentic(), "a registration of Python's, signed with KEY3, is accepted by the relay's way")
    data = r.opened(4, 2)
    spi, key = data[:4], data[6:]
    check(len(key) == 32 and key != w.key3, "the reply brings a KEY3 of its own, encrypted under KEY0")
    check(has_auth(33, r.octets, key) and r.octets[-20:-16] == spi, "and the relay has signed with it")
    return q, octets, spi, key


def inside(play):
    """Registrations that went from the relay to home."""
    return play.world.fw.nft_counter("ipip_in")


class NothingGoesIn:
    """Counts requests to home on the inside while something is tried."""

    def __init__(self, play, what):
        self.play, self.what = play, what

    def __enter__(self):
        self.capture = self.play.world.fw.capture("lan", f"ip proto 4 and src {RELAY_DMZ4}")
        return self

    def __exit__(self, kind, value, tb):
        self.play.relay.status()        # all that was sent before has been worked on
        self.capture.stop()
        if kind:
            return
        lines = tshark(self.capture.pcap, "-d", "udp.port==4500,mip", "-Y", "mip && udp.dstport == 4500").splitlines()
        check(not lines, f"{self.what}: nothing went inwards")


def refused(w, what, octets, code, longest=None):
    w.send(octets)
    a = w.answer()
    check(a is not None and a[1] == code and len(a) <= (longest or len(octets)), f"{what}: code {a and a[1]}, {a and len(a)} octets for {len(octets)}")
    return a


def forged(play, w, old):
    q = w.request()
    with NothingGoesIn(play, "wrong keys"):
        refused(w, "signed with another key", w.signed(q, key=os.urandom(32)), 67)
        refused(w, "signed with KEY0 itself", w.signed(q, key=w.key), 67)
        refused(w, "not signed at all", q.octets, 67)
        refused(w, "an SPI nobody has", w.signed(q, spi=0x77777777), 67)
        bent = bytearray(w.signed(q))
        bent[4] ^= 1
        refused(w, "one bit changed", bytes(bent), 67)
    with NothingGoesIn(play, "old requests"):
        for octets in (old, w.signed(w.request(identification=ntp_now(-3600)))):
            w.send(octets)
        wait_until(lambda: play.relay.status()["denied"]["replay"] == 2, "the relay to drop both")
    a = refused(w, "the same once more, and of an hour ago: no answer; of in an hour, by home",
                w.signed(w.request(identification=ntp_now(3600))), 133)
    check(has_auth(32, a[:-22], w.key) and has_auth(33, a, w.key3), "which home and the relay sign")


def garbage(play, w):
    began = time.monotonic()
    with NothingGoesIn(play, "garbage"):
        for octets in (b"\x01", b"\x01" * 24, b"\x01" + os.urandom(400), os.urandom(600), b"\x01" * 1400, b"\xff", b"\x00" * 40,
                       bytes([3]) + bytes(40), b"\x12" + os.urandom(71), b"\x14" + os.urandom(23)):
            w.send(octets)
        for _ in range(2000):
            w.send(b"\x01" + os.urandom(60))
        answers = 0
        while w.answer(0.3):
            answers += 1
        most = REFUSALS + REFUSALS_PER_S * (time.monotonic() - began + 1)
        check(answers <= most, f"2010 pieces of garbage: {answers} answers")


def esp_of_strangers(play, w):
    before = play.relay.status()["counters"]
    with NothingGoesIn(play, "ESP of strangers"):
        w2 = socket_on(play)
        for n in range(200):
            w2.sendto(bytes([0x40, 0, 0, n]) + os.urandom(100), (RELAY4, 4500))
        wait_until(lambda: play.relay.status()["counters"]["strangers"] >= before["strangers"] + 200, "the relay to see them")
    w2.settimeout(PATIENCE_S)
    a = w2.recv(100)
    check(len(a) == 8 and a[0] == 0x11, "they hear eight octets: unknown visitor")


def socket_on(play):
    return play.laptop.host.socket(socket.AF_INET, socket.SOCK_DGRAM)


def other_clients(play):
    check(play.client.status()["state"] == "registered" and ping(play.laptop.host, LAN_HOST4, count=2), "the other client has noticed nothing")
    s = play.relay.status()
    fact(f"denied at the relay: {s['denied']}")
    check(s["pending"] <= 1, "no entry was left behind")


def scene(lab):
    play = RelayPlay(lab, relay_keys={"silent": "no"})      # else it would not answer most of this: silence.py
    play.profile = play.server.add("mallet")
    wait_until(lambda: play.relay.status()["admitted"] == 2, "the second client to be admitted")
    host = play.world.lab.host("witness")
    play.world.site("open")
    play.world.panel.plug(host, "wan0", "open", "198.51.100.40/26")
    host.ip("route add default via 198.51.100.1")
    w = Witness(play, host)
    q, octets, spi, key = genuine(w)
    forged(play, w, octets)
    garbage(play, w)
    esp_of_strangers(play, w)
    other_clients(play)
    w.spi3 = int.from_bytes(spi, "big")
    again = w.request()
    w.send(with_auth(33, again.octets, w.spi3, key))
    r = Reply(w.answer(), again)
    check(r.code == 0, "the session's KEY3 opens the next registration")
    check(HOME_LAN4 and r.opened(4, 2)[6:] != key, "which brings yet another")


if __name__ == "__main__":
    main(scene)
