# SPDX-License-Identifier: MIT
"""Network namespaces as hosts, for tests, benchmarks and demonstrations.

Theory of operation.  A Lab owns network namespaces named hw-<pid>-<host>, the processes started in
them and one scratch directory.  Whatever ends the block (return, exception, SIGTERM, SIGINT, SIGHUP)
ends all three; what a lab killed by SIGKILL left behind is found by the pid in the names and swept by
the next lab to start.  Processes are ended by their id only.  Nothing waits for time to pass: use
wait_until() with the condition that matters.

    with Lab("example") as lab:
        a, b = lab.host("a"), lab.host("b")
        lab.link(a, "eth0", b, "eth0", "10.0.0.1/24", "10.0.0.2/24")
        a.run("ping -c1 -W1 10.0.0.2")
"""
import atexit
import os
import signal
import sys
import tempfile

from labbase import (CHECKOUT, HERE, PATIENCE_S, RUN_DIR, SCRATCH, LabError, Interrupted, argv_of, bin_dir, daemon_readable, daemon_scratch,
                     make_daemon_user, must, pid_alive, program, tool, wait_until)
from labclean import end_processes, remove_namespace, remove_scratch, sweep
from labdisk import Disk
from labhost import Host, quiet_offload
from lablink import Switch, Wire, cable
from labproc import Batch, Proc, go_together

__all__ = ["CHECKOUT", "HERE", "PATIENCE_S", "Batch", "Host", "Interrupted", "Lab", "LabError", "Proc", "Switch", "Wire", "argv_of",
           "bin_dir", "daemon_readable", "go_together", "must", "pid_alive", "program", "quiet_offload", "sweep", "tool", "wait_until"]


class Lab:
    """See the head of this file."""

    def __init__(self, name):
        self.name = name
        self.hosts, self.procs, self.pids, self.batches, self.wires, self.disks = {}, [], [], [], [], []
        self.keep = False
        self._logs = {}
        self._handlers = {}
        self._down = True

    def __enter__(self):
        if os.geteuid() != 0:
            raise LabError("the lab needs root: network namespaces, raw sockets, TUN")
        for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self._handlers[sig] = signal.signal(sig, self._interrupted)
        sweep()
        make_daemon_user()
        self.tmp = tempfile.mkdtemp(prefix=f"hw-{os.getpid()}-{self.name}-", dir=SCRATCH)
        daemon_scratch(self.tmp)
        self._down = False
        atexit.register(self.teardown)
        return self

    def _interrupted(self, sig, _frame):
        for s in self._handlers:
            signal.signal(s, signal.SIG_IGN)
        raise Interrupted(f"ended by {signal.Signals(sig).name}")

    def __exit__(self, kind, value, _tb):
        failed = kind is not None and not issubclass(kind, Interrupted)
        if failed:
            self.show_logs()
        if (self.keep and kind is None) or (failed and "HOMEWARD_LAB_KEEP" in os.environ):
            self._leave_up()
        else:
            self.teardown()
        for sig, handler in self._handlers.items():
            signal.signal(sig, handler)
        return False

    def _leave_up(self):
        for wire in self.wires:
            wire.set(keep=1)
        os.makedirs(RUN_DIR, mode=0o700, exist_ok=True)
        with open(os.path.join(RUN_DIR, f"keep-{os.getpid()}"), "w") as f:
            f.write(self.tmp + "\n")
        self._down = True

    def show_logs(self):
        """What the programs said last, for whoever looks into a failure."""
        for proc in self.procs:
            if not proc.name.startswith(("tcpdump", "delay")) and proc.text().strip():
                print(f"--- {proc.log}\n{proc.tail(20)}", file=sys.stderr)

    def log_path(self, name):
        self._logs[name] = n = self._logs.get(name, 0) + 1
        return os.path.join(self.tmp, f"{name}{'-%d' % n if n > 1 else ''}.log")

    def own_batch(self, batch):
        self.batches.append(batch)
        return batch

    def host(self, name, forward=False):
        """A new host; forward: it routes IPv4 and IPv6."""
        self.hosts[name] = h = Host(self, name, forward)
        return h

    def link(self, a, a_if, b, b_if, a_addr=None, b_addr=None, mtu=None):
        """A cable (veth).  Addresses are one prefix-length address or a list of them."""
        cable(a, a_if, b, b_if, a_addr, b_addr, mtu)

    def delay_link(self, a, a_if, b, b_if, delay_ms=10.0, a_addr=None, b_addr=None, jitter_ms=0,
                   loss=0, rate_mbit=0, limit_kib=0, offload=None):
        """A cable with delay each way and, if wanted, jitter, loss (a fraction) and rate.  With loss or
        rate, segmentation offload is off at both ends, so that single packets are lost and not
        64 KiB segments.  Returns the Wire."""
        middle = self.host(f"{a.name}.{a_if}-{b.name}.{b_if}")
        middle.sysctl("net.ipv6.conf.default.disable_ipv6=1")
        for host, name, addrs, port in ((a, a_if, a_addr, "port-a"), (b, b_if, b_addr, "port-b")):
            self.link(host, name, middle, port, addrs)
            middle.ip(f"link set {port} arp off")
        if offload is None:
            offload = not loss and not rate_mbit
        for host, name in ((a, a_if), (b, b_if)):
            quiet_offload(host, name, offload)
        args = ["--delay-ms", delay_ms, "--jitter-ms", jitter_ms, "--loss", loss,
                "--rate-mbit", rate_mbit, "--limit-kib", limit_kib]
        self.wires.append(Wire(middle, [str(x) for x in args]))
        return self.wires[-1]

    def switch(self, name):
        """A host that holds bridges; see Switch."""
        return Switch(self, name)

    def bridge(self, name, *ports):
        """A LAN: ports are (host, ifname, address).  Returns the Switch."""
        sw = Switch(self, name)
        sw.segment(name)
        for host, ifname, addr in ports:
            sw.plug(host, ifname, name, addr)
        return sw

    def nat(self, host, out_if, source=None):
        """Masquerade what leaves by out_if (only from `source`, if given)."""
        match = f"ip saddr {source} " if source else ""
        host.nft(f"""table ip nat {{
            chain post {{
                type nat hook postrouting priority srcnat;
                {match}oifname "{out_if}" masquerade
            }}
        }}""")

    def tmpfs(self, name, size):
        """A small file system of its own under the scratch directory; returns its path."""
        path = os.path.join(self.tmp, name)
        os.makedirs(path, exist_ok=True)
        must(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0711", "hw-lab", path])
        return path

    def disk(self, name):
        """A disk that can stall and fail, under the scratch directory; see Disk."""
        self.disks.append(Disk(os.path.join(self.tmp, name)))
        return self.disks[-1]

    def teardown(self):
        if self._down:
            return
        self._down = True
        for disk in self.disks:     # what waits for it can't be ended
            disk.go_on()
        for batch in self.batches:
            if batch.popen.poll() is None:
                batch.drop()
        end_processes([p.popen for p in self.procs] + self.pids)
        for host in self.hosts.values():
            remove_namespace(host.ns)
        remove_scratch(self.tmp)
