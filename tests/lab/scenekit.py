# SPDX-License-Identifier: MIT
"""What scenes have in common: facts, the usual start, streams and downloads."""
import json
import os
import signal
import subprocess
import sys

import netlab
from labdisk import NoLoopDevice
from netlab import PATIENCE_S, Interrupted, Lab, LabError, program, tool, wait_until
from product import Client, Server
from topology import HOME4, HOME6, LAN_HOST4, LAN_HOST6, World

__all__ = ["DOWNLOAD", "HOME4", "HOME6", "LAN_HOST4", "LAN_HOST6", "Download", "Play", "Stream", "TwoWay", "World",
           "check", "describe", "fact", "main", "one_line", "ping", "sanitized", "tshark"]
DOWNLOAD = os.path.join(netlab.HERE, "tools", "download.py")
SKIPPED = 77
SANITIZER_MARKS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:")


def fact(text):
    """One thing that was shown."""
    print(f"  {text}", flush=True)


def check(ok, text):
    """Show a fact, or fail with it."""
    if not ok:
        raise LabError(f"NOT SO: {text}")
    fact(text)


def one_line(text, last=False):
    """The one line that a program said on stderr.  last: it logs while it starts, take the last one."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    if not lines:
        raise LabError("nothing was said on stderr")
    if len(lines) > 1 and not last:
        raise LabError("more than one line on stderr:\n" + text)
    return lines[-1]


def main(scene):
    """Run scene(lab) and exit 0 or 1, or 77 when the machine has not got what it needs."""
    name = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    try:
        with Lab(name) as lab:
            scene(lab)
            programs_end_cleanly(lab)
            no_sanitizer_reports(lab)
    except Interrupted as e:
        print(f"{name}: {e}")
        sys.exit(1)
    except NoLoopDevice as e:
        print(f"{name} skipped: no loop device: {e}")
        sys.exit(SKIPPED)
    except (LabError, OSError, KeyError, ValueError) as e:
        print(f"{name} FAILED: {type(e).__name__}: {e}", flush=True)
        if not isinstance(e, LabError):
            raise
        sys.exit(1)
    print(f"{name} passed", flush=True)


def sanitized():
    """True when the programs under test were built with AddressSanitizer: figures of cost are not theirs."""
    return "libasan" in subprocess.run(["ldd", program("homeward-server")], capture_output=True, text=True).stdout


def programs_end_cleanly(lab):
    """Clients first, then servers: SIGTERM, exit status 0 (a leak would make it another)."""
    for proc in reversed(lab.procs):
        if os.path.basename(proc.argv[0]).startswith("homeward") and proc.alive() and proc.stop() != 0:
            raise LabError(f"{proc.name} ended with {proc.popen.returncode} on SIGTERM:\n{proc.text()[-4000:]}")


def no_sanitizer_reports(lab):
    for proc in lab.procs:
        for mark in SANITIZER_MARKS:
            if mark in proc.text():
                raise LabError(f"{proc.name}: {mark}\n{proc.text()[-4000:]}")


class Play:
    """The usual start: a world, a running home server, one laptop that is registered."""

    def __init__(self, lab, site="cafe", delay_ms=0.0, up=True, server_keys=None, client_keys=None,
                 second=None, public=None, env=None):
        self.lab = lab
        self.world = World(lab, delay_ms)
        self.server = Server(lab, self.world.home)
        self.server.init(**({"public": public} if public else {}))
        for key, value in (server_keys or {}).items():
            self.server.set(key, value)
        self.profile = self.server.add("alice")
        self.server.start()
        self.laptop = self.world.laptop()
        if site:
            self.laptop.plug("wan0", site)
        if second:
            self.laptop.plug("wan1", second)
        self.client = Client(lab, self.laptop, self.profile, env=env)
        for key, value in (client_keys or {}).items():
            self.client.set(key, value)
        if up:
            self.client.up()

    @property
    def lan(self):
        return self.world.lan


class Stream:
    """Numbered packets, 1 ms apart, from one host to an address of another."""

    def __init__(self, lab, src, dst, address, port=7000, interval_us=1000, name="stream"):
        self.status_path = os.path.join(lab.tmp, f"{name}-{src.name}-{dst.name}-{port}.status")
        self.recv = dst.spawn([tool("stream"), "recv", address, str(port), "--status", self.status_path],
                              log=f"{name}-recv-{port}")
        self.recv.wait_text("ready")
        self.send = src.spawn([tool("stream"), "send", address, str(port), "--interval-us", str(interval_us)],
                              log=f"{name}-send-{port}")

    def received(self):
        """Different packets received so far."""
        return self._status()[0]

    def top(self):
        """Number of the newest packet received."""
        return self._status()[1]

    def _status(self):
        try:
            with open(self.status_path) as f:
                words = f.read().split()
        except FileNotFoundError:
            words = []
        return (int(words[0]), int(words[1])) if len(words) == 2 else (0, 0)

    def flow(self, packets=300):
        """Wait until that many more packets have arrived."""
        goal = self.received() + packets
        wait_until(lambda: self.received() >= goal, f"{packets} packets of the stream")

    def stop(self):
        """End it; returns the receiver's figures."""
        self.send.stop()
        try:
            self.recv.wait(20)
        except LabError:
            self.recv.stop()
        return json.loads(self.recv.text().strip().splitlines()[-1])


class TwoWay:
    """A stream each way between the LAN host and the client's permanent address."""

    def __init__(self, play, address=None, lan_address=LAN_HOST4, name="stream"):
        address = address or play.client.address
        self.up = Stream(play.lab, play.laptop.host, play.lan, lan_address, 7001, name=name)
        self.down = Stream(play.lab, play.lan, play.laptop.host, address, 7002, name=name)
        self.flow()

    def flow(self, packets=300):
        self.up.flow(packets)
        self.down.flow(packets)

    def stop(self):
        up = self.up.stop()
        return up, self.down.stop()


def describe(direction, s):
    return (f"{direction}: {s['received']} of {s['sent']} packets, {s['lost']} lost, {s['duplicated']} duplicated, "
            f"{s['reordered']} reordered, longest gap {s['longest_gap_ms']:.1f} ms")


class Download:
    """A TCP download from `server` (host, address) by `client`; runs until finish()."""

    def __init__(self, lab, server, address, client, total, rate_mbit=0, port=8080):
        self.total = total
        self.status_path = os.path.join(lab.tmp, f"download-{client.name}-{port}.status")
        self.serve = server.spawn([DOWNLOAD, "serve", address, str(port)], log=f"download-serve-{port}")
        self.serve.wait_text("ready")
        self.get = client.spawn([DOWNLOAD, "get", address, str(port), str(total), "--rate-mbit", str(rate_mbit),
                                 "--status", self.status_path], log=f"download-get-{port}")

    def got(self):
        try:
            with open(self.status_path) as f:
                return int(f.read() or 0)
        except FileNotFoundError:
            return 0

    def progress(self, octets=200_000):
        """Wait until that many more octets have arrived."""
        goal = min(self.got() + octets, self.total)
        wait_until(lambda: self.got() >= goal or not self.get.alive(), "the download to go on")

    def hurry(self):
        """It has lasted long enough: the rest as fast as may be."""
        self.serve.kill(signal.SIGUSR1)

    def finish(self, quiet=False):
        """Wait for the end; returns the figures and fails on a wrong length or hash."""
        if self.get.wait() != 0:
            raise LabError(f"download failed: {self.get.tail()}")
        result = json.loads(self.get.text())
        expected = subprocess.run([DOWNLOAD, "hash", str(self.total)], capture_output=True, text=True,
                                  check=True).stdout.strip()
        if result["bytes"] != self.total or result["sha256"] != expected:
            raise LabError(f"download: {result['bytes']} octets of {self.total}, SHA-256 {result['sha256']}, "
                           f"not {expected}")
        if not quiet:
            fact(f"download: {result['bytes']} octets, SHA-256 {result['sha256'][:16]}... is right, "
                 f"longest gap {result['longest_gap_ms']} ms, {result['mbit_s']} Mbit/s")
        self.serve.kill()
        return result


def ping(host, address, count=3, size=56, timeout=2, extra=()):
    """True when every one of `count` pings was answered."""
    done = host.run(["ping", "-c", str(count), "-i", "0.05", "-W", str(timeout), "-s", str(size), *extra, address],
                    check=False)
    return done.returncode == 0 and " 0% packet loss" in done.stdout


def tshark(pcap, *args):
    """tshark's output for a capture."""
    done = subprocess.run(["tshark", "-r", pcap, "-n", *args], capture_output=True, text=True, timeout=PATIENCE_S)
    if done.returncode != 0:
        raise LabError(f"tshark: {done.stderr.strip()}")
    return done.stdout
