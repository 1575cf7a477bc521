#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A client written with scapy and Python's own HMAC registers, carries a packet, and meets every refusal.

    lan .20, home .2 -- 203.0.113.2 -- [inet] -- open 198.51.100.0/26 -- laptop (no product on it)

Codes of RFC 5944 3.4 seen here: 0, 128, 129, 130, 131, 132, 133, 134, 135, 136.
"""
import socket
import struct
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from scapy.layers.inet import ICMP, IP
from scapy.packet import Raw

from netlab import PATIENCE_S, wait_until
from product import Client, Server
from scenekit import HOME4, LAN_HOST4, check, main
from topology import World
from witness import IP as IP_EXT
from witness import SA_EXT, Registration, Reply, ntp_now, TIME, vendor_ext


class Far:
    """The witness's side: a socket on the laptop and what is known of a profile."""

    def __init__(self, laptop, profile):
        self.sock = laptop.host.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.settimeout(PATIENCE_S)
        self.care_of = laptop.address()
        self.key = bytes.fromhex(profile.get("key"))
        self.spi = int(profile.get("spi"), 0)
        self.nai, self.address = profile.get("identity"), profile.address

    def make(self, **changes):
        fields = dict(key0=self.key, spi=self.spi, nai=self.nai, home_agent=HOME4, care_of=self.care_of,
                      address=socket.inet_aton(self.address))
        fields.update(changes)
        return Registration(**fields)

    def ask(self, port=434, **changes):
        """Send a registration; its reply."""
        q = self.make(**changes)
        self.sock.sendto(q.octets, (HOME4, port))
        return Reply(self.sock.recv(2000), q)

    def refused(self, code, why, **changes):
        r = self.ask(**changes)
        extra = f", notify {r.notify()}" if r.notify() else ""
        check(r.code == code, f"{why}: code {r.code}{extra}{', authenticated' if r.authentic() else ''}")
        return r


def accepted(far):
    r = far.ask()
    check(r.code == 0 and r.lifetime_s > 0, f"a registration built by scapy is accepted for {r.lifetime_s} s")
    check(r.authentic(), "its reply is authenticated under KEY0")
    check(r.opened(IP_EXT, 0) == socket.inet_aton(far.address), f"and says, encrypted: your home address is {far.address}")
    pseudonym = struct.unpack(">I", r.opened(SA_EXT, 0)[:4])[0]
    check(pseudonym >= 0x20000000 and pseudonym != far.spi, f"the next pseudonym is {pseudonym:#x}")
    return r, pseudonym


def echo(far, out, back, number):
    """An echo request to the LAN host in ESP that Python sealed; its answer."""
    ping = IP(src=far.address, dst=LAN_HOST4) / ICMP(id=7, seq=number) / Raw(b"witness")
    far.sock.sendto(out.seal(bytes(ping)), (HOME4, 434))
    while True:
        packet = far.sock.recv(2000)
        if packet[:4] == struct.pack(">I", back.spi):
            kind, inner = back.open(packet)
            if kind == 4:
                return IP(inner)


def carries(far, r, lan):
    """The association works, and only for the client's own address."""
    out, back = r.association()
    answer = echo(far, out, back, 1)
    check(answer[ICMP].type == 0 and answer.src == LAN_HOST4 and bytes(answer[Raw]).startswith(b"witness"),
          "an ESP packet sealed by Python reaches the LAN host, and its answer opens")
    capture = lan.capture("eth0", "icmp")
    for stolen in ("192.168.50.77", "203.0.113.66"):
        far.sock.sendto(out.seal(bytes(IP(src=stolen, dst=LAN_HOST4) / ICMP(id=8, seq=1))), (HOME4, 434))
    check(echo(far, out, back, 2)[ICMP].seq == 2, "the next one passes")
    wait_until(lambda: f"{far.address} > {LAN_HOST4}" in lan.run(["tcpdump", "-nr", capture.pcap]).stdout,
               "its request in the capture")
    capture.stop()
    seen = lan.run(["tcpdump", "-nr", capture.pcap]).stdout
    check("192.168.50.77 >" not in seen and "203.0.113.66 >" not in seen,
          "two sealed from addresses that are not the client's do not")


def refusals(far, pseudonym):
    far.refused(131, "wrong authenticator", auth_key=b"\x5a" * 32)
    far.refused(131, "unknown SPI", spi=0x7badbeef)
    far.refused(131, "another's identity under our key", nai="bob@example.net")
    r = far.refused(133, "identification a day ahead", identification=ntp_now(86400))
    check(abs((r.identification >> 32) - (ntp_now() >> 32)) < 5, "133 brings home's time")
    used = far.make(spi=pseudonym)
    far.sock.sendto(used.octets, (HOME4, 4500))
    r = Reply(far.sock.recv(2000), used)
    check(r.code == 0, f"by the pseudonym, port 4500: code {r.code}")
    far.sock.sendto(used.octets, (HOME4, 4500))  # an answer would be taken for the next one's
    question = far.make(identification=0x0123456789abcdef, extra=vendor_ext(TIME, b""), offer=False)
    far.sock.sendto(question.octets, (HOME4, 4500))
    r = Reply(far.sock.recv(2000), question)
    check(r.code == 133 and abs((r.identification >> 32) - (ntp_now() >> 32)) < 5 and
          r.identification & 0xffffffff == 0x89abcdef,
          "the same once more, octet for octet: no answer; a question for the time: home's time")
    far.sock.sendto(question.octets, (HOME4, 4500))
    far.refused(134, "the same question: no answer; an unknown critical extension", extra=vendor_ext(999, b"?"))
    far.refused(134, "a public value of the wrong length", group=19)
    far.refused(136, "another home agent's address", home_agent="192.0.2.1")
    far.refused(132, "a foreign-home authentication nobody gave", after=struct.pack(">BBI", 34, 20, 7) + bytes(16))
    far.refused(129, "another's home address", address=socket.inet_aton("192.168.50.20"))


def too_many_bindings(lab, world, far):
    """Simultaneous bindings from different sockets."""
    last = None
    for n in range(1, 7):
        far.sock = world_socket(far, world)
        last = far.ask(flags=0xa2, care_of=f"192.0.2.{n}")
        if last.code != 0:
            break
    check(last.code == 135 and n > 2, f"{n} simultaneous bindings are had, one more: code {last.code}")


def world_socket(far, world):
    s = world.laptop_host.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(PATIENCE_S)
    return s


def no_resources(world, laptop, bob):
    """The server is set to serve one client at a time."""
    other = Far(laptop, bob)
    other.refused(130, "a second client where one is served at most")
    return other


def left(far):
    check(far.ask().code == 0, "a registration without the S flag takes the place of all of them")
    r = far.ask(lifetime_s=0, offer=False)
    check(r.code == 0, "deregistered (lifetime 0)")
    far.refused(128, "no association held and none asked for", offer=False)


def scene(lab):
    world = World(lab)
    server = Server(lab, world.home).init()
    server.set("max_clients", "1")
    server.set("silent", "no")
    profile, second = server.add("alice"), server.add("bob")
    server.start()
    laptop = world.laptop()
    world.laptop_host = laptop.host
    laptop.plug("wan0", "open")
    far = Far(laptop, Client(lab, laptop, profile))
    r, pseudonym = accepted(far)
    binding = server.binding()
    check(binding["care_of"].startswith(far.care_of) and binding["nat"] is False, f"bound to {binding['care_of']}, no NAT")
    carries(far, r, world.lan)
    refusals(far, pseudonym)
    too_many_bindings(lab, world, far)
    bob = no_resources(world, laptop, Client(lab, laptop, second))
    left(far)
    check(bob.ask().code == 0, "now there is room for the second client")
    check(bob.ask(lifetime_s=0, offer=False).code == 0, "which leaves, too")
    check(server.proc.alive() and not server.status()["bindings"], "no binding is left; the server runs on")


if __name__ == "__main__":
    main(scene)
