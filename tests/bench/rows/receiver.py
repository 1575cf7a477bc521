# SPDX-License-Identifier: MIT
"""A client that only receives notices what it has lost: a NAT that forgets its mapping in a download, and a firewall that
shuts UDP. 40 ms round trip; as a TCP download, whose acknowledgements go up, and as a stream of one packet a millisecond to
which nothing goes up. Each is repeated, at random moments; the 95th percentile counts. It goes on when as much has arrived as
flows in 50 ms, since a packet or two may be late in being counted.
"""
import math
import random
import struct
import socket
import time
from statistics import median

from fallback import MuxPlay
from netlab import Interrupted, Lab, LabError, wait_until
from scenekit import LAN_HOST4, Download, Play, Stream

NAMES = ["nat-forgot", "udp-shut"]
RTT_MS = 40
TRIES, QUICK_TRIES = 40, 8
WANTED_FORGOT_MS, WANTED_SHUT_MS = 1000 + 3 * RTT_MS, 2000
ENDLESS, RATE_MBIT = 1 << 40, 8
PERCENTILE = 0.95
NETLINK_NETFILTER, CONNTRACK_DELETE = 12, 1 << 8 | 2
NLM_F_REQUEST, NLM_F_ACK = 1, 4
POLL_S = 0.002


def forget(router):
    """A NAT loses all its mappings: nfnetlink's request to delete every connection that it tracks."""
    body = struct.pack("=BBH", socket.AF_UNSPEC, 0, 0)
    head = struct.pack("=IHHII", 16 + len(body), CONNTRACK_DELETE, NLM_F_REQUEST | NLM_F_ACK, 1, 0)
    with router.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as s:
        s.send(head + body)
        answer = s.recv(4096)
    error = struct.unpack_from("=i", answer, 16)[0]
    if error:
        raise LabError(f"conntrack: errno {-error}")


class Receiving:
    """TCP, from home to the client."""
    name = "a TCP download"
    enough = 50_000     # octets at RATE_MBIT

    def __init__(self, play):
        self.download = Download(play.lab, play.lan, LAN_HOST4, play.laptop.host, ENDLESS, rate_mbit=RATE_MBIT)

    def got(self):
        return self.download.got()

    def end(self):
        self.download.get.kill()
        self.download.serve.kill()


class Streaming:
    """UDP, from home to the client; nothing goes the other way."""
    name = "a stream to which nothing goes up"
    enough = 50         # packets

    def __init__(self, play):
        self.stream = Stream(play.lab, play.lan, play.laptop.host, play.client.address, 7002)

    def got(self):
        return self.stream.received()

    def end(self):
        self.stream.stop()


def flow(traffic):
    """It has run undisturbed for a while, by a random part of a second more."""
    for _ in range(10):
        before = traffic.got()
        wait_until(lambda: traffic.got() > before, f"{traffic.name} to flow")
        time.sleep(0.1)
    time.sleep(random.random())


def silence_ms(traffic, harm):
    """From harm() until something arrives again."""
    flow(traffic)
    start = time.monotonic()
    harm()
    goal = traffic.got() + traffic.enough
    wait_until(lambda: traffic.got() >= goal, f"{traffic.name} to go on", every=POLL_S)
    return (time.monotonic() - start) * 1000


def percentile(samples):
    return sorted(samples)[math.ceil(PERCENTILE * len(samples)) - 1]


def tries(job, one):
    """one(): milliseconds."""
    found = []
    for n in range(QUICK_TRIES if job.quick else TRIES):
        found.append(one())
        job.say("." if n % 10 == 9 else "", end="")
    return found


def add_rows(job, name, what, found, wanted):
    for kind, samples in found.items():
        ours = percentile(samples)
        job.add(name=f"{name} {kind}", measure=f"{what} in {kind}, {len(samples)} times: until it goes on, 95th percentile",
                unit="ms", ours=ours, wanted=f"<= {wanted} ms", met=ours <= wanted, samples=samples, median=median(samples),
                worst=max(samples))


def forgot_rows(job):
    found = {}
    with Lab("bench-nat-forgot") as lab:
        play = Play(lab, site="cafe", delay_ms=RTT_MS / 2)
        router = play.world.routers["cafe"]
        for kind in (Receiving, Streaming):
            traffic = kind(play)
            found[kind.name] = tries(job, lambda traffic=traffic: silence_ms(traffic, lambda: forget(router)))
            traffic.end()
    add_rows(job, "nat-forgot", "a NAT forgets its mapping", found, WANTED_FORGOT_MS)


def shut_once(play, kind):
    """A client that has just come up has no connection by https that lingers."""
    play.world.gate("hotel", udp="434, 4500")
    play.client.up()
    play.wait_kind("direct")
    traffic = kind(play)
    ms = silence_ms(traffic, lambda: play.world.gate("hotel", udp=""))
    play.wait_kind("https")
    traffic.end()
    play.client.down()
    return ms


def shut_rows(job):
    found = {}
    with Lab("bench-udp-shut") as lab:
        play = MuxPlay(lab, delay_ms=RTT_MS / 2)
        play.go("hotel")
        for kind in (Receiving, Streaming):
            found[kind.name] = tries(job, lambda kind=kind: shut_once(play, kind))
    add_rows(job, "udp-shut", "UDP is shut, https takes over", found, WANTED_SHUT_MS)


def run(job):
    for name, rows in zip(NAMES, (forgot_rows, shut_rows)):
        if not job.wants(name):
            continue
        job.say(f"{name}: ", end="")
        try:
            rows(job)
        except Interrupted:
            raise
        except (LabError, OSError) as e:
            job.fail(name, e)
