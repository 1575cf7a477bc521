# SPDX-License-Identifier: MIT
"""One host: a network namespace and what can be done in it."""
import ctypes
import os
import re
import shlex
import socket
import subprocess
import time

from labbase import PATIENCE_S, LabError, argv_of, full_env, must, wait_until
from labclean import ETC, namespace_pids
from labproc import Batch, Proc

CLONE_NEWNET = 0x40000000
HOST_SYSCTLS = (
    "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0",
    "net.ipv6.conf.default.router_solicitations=0", "net.ipv6.conf.default.accept_ra=0",
    "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0",
)
FORWARD_SYSCTLS = ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")


class Host:
    """A network namespace with lo up, duplicate address detection and reverse path filter off."""

    def __init__(self, lab, name, forward=False):
        self.lab, self.name = lab, name
        self.ns = f"hw-{os.getpid()}-{name}"
        self.enter = ["ip", "netns", "exec", self.ns]
        must(["ip", "netns", "add", self.ns])
        self.ip("link set lo up")
        self.sysctl(*(HOST_SYSCTLS + (FORWARD_SYSCTLS if forward else ())))

    def __repr__(self):
        return self.name

    def sysctl(self, *assignments):
        self.run(["sysctl", "-qw", *assignments])

    def ip(self, *lines):
        """Several `ip` commands (without the word ip) in one process."""
        must(["ip", "-n", self.ns, "-batch", "-"], stdin="\n".join(lines) + "\n")

    def etc(self, name, text):
        """A file of this host's own instead of /etc/NAME, for programs started from now on (ip-netns(8))."""
        own = os.path.join(ETC, self.ns)
        # Another lab that ends removes the folder above while it is empty.
        wait_until(lambda: self._made(own), f"a folder {own}")
        with open(os.path.join(own, name), "w") as f:
            f.write(text)

    @staticmethod
    def _made(path):
        try:
            os.makedirs(path, exist_ok=True)
        except FileNotFoundError:
            return False
        return True

    def prepare(self, *lines):
        """A Batch that carries out these `ip` commands when asked to."""
        return self.lab.own_batch(Batch(self, lines))

    def run(self, cmd, check=True, timeout=PATIENCE_S, env=None, stdin=None):
        """Run to the end; returns CompletedProcess with .stdout and .stderr as text."""
        argv = self.enter + argv_of(cmd)
        try:
            done = subprocess.run(argv, capture_output=True, text=True, errors="replace",
                                  timeout=timeout, env=full_env(env), input=stdin)
        except subprocess.TimeoutExpired as e:
            raise LabError(f"{self.name}: {shlex.join(argv_of(cmd))}: still running after {timeout} s\n"
                           f"{(e.stderr or b'').decode(errors='replace')}") from None
        if check and done.returncode != 0:
            raise LabError(f"{self.name}: {shlex.join(argv_of(cmd))}: exit {done.returncode}\n"
                           f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done

    def ok(self, cmd, env=None):
        """True when the command ends with 0."""
        return self.run(cmd, check=False, env=env).returncode == 0

    def popen(self, cmd, **kw):
        """A plain Popen inside the host; ended with the lab like every other process."""
        kw.setdefault("start_new_session", True)
        p = subprocess.Popen(self.enter + argv_of(cmd), **kw)
        self.lab.pids.append(p)
        return p

    def spawn(self, cmd, log=None, env=None, stdin=subprocess.DEVNULL):
        """Start in the background; returns a Proc."""
        proc = Proc(self, cmd, log or os.path.basename(argv_of(cmd)[0]), env, stdin)
        self.lab.procs.append(proc)
        return proc

    def nft(self, ruleset):
        """Load an nft ruleset."""
        self.run(["nft", "-f", "-"], stdin=ruleset)

    def nft_counter(self, name):
        """Packets counted by a named counter of any table."""
        text = self.run("nft list counters").stdout
        found = re.search(rf"counter {re.escape(name)} {{\s*packets (\d+)", text)
        if not found:
            raise LabError(f"{self.name}: no counter {name}")
        return int(found.group(1))

    def capture(self, ifname, expr="", path=None):
        """tcpdump into a file; returns its Proc with .pcap, already listening."""
        path = path or os.path.join(self.lab.tmp, f"{self.name}-{ifname}-{time.monotonic_ns()}.pcap")
        proc = self.spawn(["tcpdump", "-i", ifname, "-n", "-U", "--immediate-mode", "-s0", "-w", path, *shlex.split(expr)],
                          log=f"tcpdump-{ifname}")
        proc.pcap = path
        proc.wait_text("listening on")
        return proc

    def socket(self, *args):
        """A socket of this host in the calling process."""
        libc = ctypes.CDLL(None, use_errno=True)
        ours = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        theirs = os.open(f"/run/netns/{self.ns}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            if libc.setns(theirs, CLONE_NEWNET):
                raise LabError(f"setns {self.ns}: {os.strerror(ctypes.get_errno())}")
            return socket.socket(*args)
        finally:
            libc.setns(ours, CLONE_NEWNET)
            os.close(ours)
            os.close(theirs)

    def mac(self, ifname):
        return re.search(r"link/ether (\S+)", self.run(["ip", "link", "show", ifname]).stdout).group(1)

    def pids(self):
        return namespace_pids(self.ns)


def quiet_offload(host, ifname, offload):
    """Kernels before 6.2 cannot hand UDP segmentation through AF_PACKET."""
    release = tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2])
    if not offload:
        host.run(["ethtool", "-K", ifname, "tso", "off", "gso", "off", "tx-udp-segmentation", "off"])
    elif release < (6, 2):
        host.run(["ethtool", "-K", ifname, "tx-udp-segmentation", "off"])
