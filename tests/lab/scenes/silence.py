#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Nobody who cannot prove a key hears anything of home or the relay: every kind of message, from a stranger, with forged
SPIs, wrong keys, and as recordings of a client's own, octet for octet; counted are the answers to each.

    lan, home -- [fw, UDP to home admitted] -- DMZ relay;  [inet] -- open -- witness (scapy), stranger
"""
import os
import shutil
import signal
import socket
import struct
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from scapy.layers.inet import ICMP, IP

from dmz import DIRECT4, RELAY4, RelayPlay
from labbase import DAEMON_USER
from netlab import PATIENCE_S, wait_until
from scenekit import LAN_HOST4, check, fact, main, ping
from witness import Registration, Reply, key3, ntp_now, vendor_ext, with_auth

COPIES = 3
PORTS = (434, 4500)
GATE = "198.51.100.1"


class Client:
    """A client written in Python, by way of home itself or of the relay."""

    def __init__(self, host, profile, to):
        fields = dict(line.split("=", 1) for line in open(profile, encoding="ascii") if "=" in line)
        fields = {k.strip(): v.split("#")[0].strip() for k, v in fields.items()}
        self.key, self.spi, self.nai = bytes.fromhex(fields["key"]), int(fields["spi"], 0), fields["identity"]
        self.address, self.to = fields["address"], to
        self.sock = host.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.settimeout(PATIENCE_S)

    def request(self, relay_key=None, **changes):
        fields = dict(key0=self.key, spi=self.spi, nai=self.nai, home_agent=DIRECT4, care_of="198.51.100.40",
                      address=socket.inet_aton(self.address))
        fields.update(changes)
        q = Registration(**fields)
        if self.to == RELAY4 and relay_key != b"":
            q.octets = with_auth(33, q.octets, q.spi, relay_key or key3(self.key, "dmz1"))
        return q

    def ask(self, **changes):
        q = self.request(**changes)
        self.sock.sendto(q.octets, (self.to, 4500))
        return q, Reply(self.sock.recv(2000), q)


def shapes():
    """Messages of every first octet, most of them nonsense, and the shapes that this product or its neighbours send."""
    yield "nothing, one octet, a keepalive", [b"", b"\x01", b"\xff"]
    for first in range(256):
        yield f"first octet {first:02x}", [bytes([first]) + os.urandom(n - 1) for n in (4, 8, 24, 40, 72, 600)]
    yield "an IKE header", [bytes(4) + os.urandom(17) + b"\x20\x22\x08" + os.urandom(200)]
    yield "replies and revocations", [bytes([kind]) + bytes(60) for kind in (3, 7, 15)]
    yield "own messages", [bytes([kind, 0, 0, 0]) + os.urandom(n) for kind in range(0x10, 0x20) for n in (4, 20, 36, 68)]
    yield "forged SPIs of ESP", [struct.pack(">II", 0x20000000 + i * 0x01010101, i) + os.urandom(80) for i in range(100)]


def forged(c):
    """Requests that are well formed, and not authentic: under a wrong KEY0, and at a relay under a wrong KEY3, too."""
    wrong = dict(auth_key=bytes(32), relay_key=os.urandom(32))
    yield "a request under an unknown SPI", [c.request(spi=0x7badbeef, **wrong).octets]
    yield "a request with a wrong authenticator", [c.request(**wrong).octets]
    yield "a request without a relay's authentication", [c.request(auth_key=bytes(32), relay_key=b"").octets]
    yield "a wrong authenticator, and an unknown critical extension", [c.request(extra=vendor_ext(999, b"?"), **wrong).octets]
    yield "a fixed part and nothing else", [c.request().octets[:24]]
    yield "a request cut off", [c.request().octets[:-1], c.request().octets[:100]]


def recorded(used, esp, old):
    yield "a request that was accepted, octet for octet", [used.octets]
    yield "the same with a relay's authentication appended", [used.octets + struct.pack(">BBI", 34, 20, 7) + bytes(16)]
    yield "the same with a client's at a relay appended", [used.octets + struct.pack(">BBI", 33, 20, 7) + bytes(16)]
    yield "a request of an hour ago that never arrived", [old.octets]
    yield "an ESP packet that was accepted", [esp]
    yield "ESP of the client's association, forged", [esp[:8] + os.urandom(len(esp) - 8)]


class Probe:
    """A stranger at one of the two, who counts what comes back."""

    def __init__(self, host, client):
        self.client, self.answers = client, {}
        self.sock = host.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def barrier(self):
        """All that was sent before has been worked on: they take one datagram after the other."""
        _, r = self.client.ask()
        check_quietly(r.code in (0, 130), f"the client is served meanwhile, or has had enough for now (code {r.code})")

    def count(self):
        n = 0
        while True:
            try:
                self.sock.recv(2000, socket.MSG_DONTWAIT)
                n += 1
            except BlockingIOError:
                return n

    def run(self, kinds):
        for what, messages in kinds:
            for octets in messages * COPIES:
                for port in PORTS:
                    self.sock.sendto(octets, (self.client.to, port))
            self.barrier()
            self.answers[what] = self.count()
        self.barrier()
        return {what: n for what, n in self.answers.items() if n}


def check_quietly(ok, text):
    if not ok:
        check(ok, text)


def try_all(host, client, name):
    """The kinds of messages that were answered, with how often."""
    used, r = client.ask()
    check(r.code == 0, f"{name}: a registration of Python's is accepted")
    out, _ = r.association()
    esp = out.seal(bytes(IP(src=client.address, dst=LAN_HOST4) / ICMP()))
    client.sock.sendto(esp, (client.to, 4500))
    check(client.sock.recv(2000)[:1] != b"\x10", "its ESP, too: the ping is answered")
    old = client.request(identification=ntp_now(-3600))
    probe = Probe(host, client)
    answered = probe.run(shapes())
    answered.update(probe.run(forged(client)))
    answered.update(probe.run(recorded(used, esp, old)))
    kinds = len(probe.answers)
    fact(f"{name}: {kinds} kinds of messages, answered: {answered or 'none'}")
    return answered


def still_helps(client, name):
    """Who proves the key, with an identification that was not there before, is told home's time."""
    q = client.request(identification=ntp_now(3600))
    client.sock.sendto(q.octets, (client.to, 4500))
    r = Reply(client.sock.recv(2000), q)
    check(r.code == 133, f"{name}: a client whose clock is an hour ahead is told the time: {r.code}")


def speaks_when_told_to(play, host, direct, relayed):
    play.server.set("silent", "no")
    play.relay.set("silent", "no")
    shutil.chown(play.relay.conf, group=DAEMON_USER)  # so that it can be read again after the change of user
    os.chmod(play.relay.conf, 0o640)
    for daemon in (play.server, play.relay):
        daemon.proc.kill(signal.SIGHUP)
    wait_until(lambda: "reloaded" in play.server.proc.text() and "reloaded" in play.relay.proc.text(), "both to reload")
    for c, name in ((direct, "home"), (relayed, "the relay")):
        probe = Probe(host, c)
        answered = probe.run(forged(c))
        check(answered, f"{name} with silent = no answers strangers: {answered}")


def scene(lab):
    play = RelayPlay(lab, direct=True)
    profiles = [play.server.add(name) for name in ("mallet", "norma")]
    wait_until(lambda: play.relay.status()["admitted"] == 3, "the new clients to be admitted")
    host = lab.host("witness")
    play.world.site("open")
    play.world.panel.plug(host, "wan0", "open", "198.51.100.40/26")
    host.ip(f"route add default via {GATE}")
    direct, relayed = Client(host, profiles[0], DIRECT4), Client(host, profiles[1], RELAY4)
    found = {name: try_all(host, c, name) for c, name in ((direct, "home"), (relayed, "the relay"))}
    check(not any(found.values()), "nothing that a stranger, or a recording, sends is answered")
    for c, name in ((direct, "home"), (relayed, "the relay")):
        still_helps(c, name)
    check(ping(play.laptop.host, LAN_HOST4), "the other client has noticed nothing")
    speaks_when_told_to(play, host, direct, relayed)


if __name__ == "__main__":
    main(scene)
