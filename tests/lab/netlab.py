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
import ctypes
import glob
import hashlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKOUT = os.path.dirname(os.path.dirname(HERE))
RUN_DIR = "/run/homeward-lab"
SCRATCH = "/tmp"
CLONE_NEWNET = 0x40000000

HOST_SYSCTLS = (
    "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0",
    "net.ipv6.conf.default.router_solicitations=0", "net.ipv6.conf.default.accept_ra=0",
    "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0",
)
FORWARD_SYSCTLS = ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")


class LabError(Exception):
    """A command failed or a condition did not come true; the text says which."""


class Interrupted(LabError):
    """The lab was asked to end by a signal."""


def wait_until(cond, what, timeout=10.0, every=0.02):
    """Poll cond() until it is true and return its value; raise LabError naming `what` after timeout s."""
    end = time.monotonic() + timeout
    while True:
        value = cond()
        if value:
            return value
        if time.monotonic() >= end:
            raise LabError(f"not within {timeout:g} s: {what}")
        time.sleep(every)


def argv_of(cmd):
    """A list as it is; a string as the shell would split it (no shell is involved)."""
    return shlex.split(cmd) if isinstance(cmd, str) else [str(c) for c in cmd]


def pid_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def bin_dir():
    """Where the programs under test are: HOMEWARD_BIN, or build/bin of the checkout."""
    return os.environ.get("HOMEWARD_BIN") or os.path.join(CHECKOUT, "build", "bin")


def program(name):
    """Path of a program under test; LabError when it has not been built."""
    path = os.path.join(bin_dir(), name)
    if not os.access(path, os.X_OK):
        raise LabError(f"{path} is missing: build first, or set HOMEWARD_BIN")
    return path


def tool(name):
    """Path of one of tests/lab/tools: the built one, else compiled once into a cache."""
    built = os.path.join(bin_dir(), "tests", name)
    source = os.path.join(HERE, "tools", name + ".c")
    if os.access(built, os.X_OK) and os.path.getmtime(built) >= os.path.getmtime(source):
        return built
    with open(source, "rb") as f:
        tag = hashlib.sha256(f.read()).hexdigest()[:16]
    cached = os.path.join(RUN_DIR, f"{name}-{tag}")
    if not os.path.exists(cached):
        os.makedirs(RUN_DIR, mode=0o700, exist_ok=True)
        draft = f"{cached}.{os.getpid()}"
        subprocess.run(["cc", "-O2", "-o", draft, source], check=True)
        os.rename(draft, cached)
    return cached


class Proc:
    """A process started in a host, leader of its own process group, output in a log file."""

    def __init__(self, host, cmd, name, env=None, stdin=subprocess.DEVNULL):
        self.name = name
        self.argv = argv_of(cmd)
        self.log = host.lab.log_path(f"{host.name}-{name}")
        with open(self.log, "wb") as out:
            self.popen = subprocess.Popen(
                host.enter + self.argv, stdin=stdin, stdout=out, stderr=subprocess.STDOUT,
                env=full_env(env), start_new_session=True)
        self.pid = self.popen.pid

    def alive(self):
        return self.popen.poll() is None

    def kill(self, sig=signal.SIGTERM):
        """Signal the process group; harmless when it is gone."""
        try:
            os.killpg(self.pid, sig)
        except ProcessLookupError:
            pass

    def wait(self, timeout=10):
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise LabError(f"{self.name} did not end within {timeout} s:\n{self.tail()}") from None

    def stop(self, timeout=10):
        """SIGTERM and wait; returns the exit status."""
        self.kill(signal.SIGTERM)
        return self.wait(timeout)

    def tell(self, line):
        """Write one line to the process (started with stdin=subprocess.PIPE)."""
        self.popen.stdin.write((line + "\n").encode())
        self.popen.stdin.flush()

    def text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def tail(self, lines=15):
        return "\n".join(self.text().splitlines()[-lines:])

    def wait_text(self, text, timeout=10):
        """Wait until the log holds `text`."""
        wait_until(lambda: text in self.text() or self._gone(text), f"{self.name} to say {text!r}", timeout)

    def _gone(self, text):
        if not self.alive() and text not in self.text():
            raise LabError(f"{self.name} ended ({self.popen.returncode}) before saying {text!r}:\n{self.tail()}")
        return False

    def cpu_s(self):
        """User and system time used so far, in seconds."""
        with open(f"/proc/{self.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_kib(self):
        """Resident memory in KiB."""
        with open(f"/proc/{self.pid}/status") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


def full_env(extra):
    return dict(os.environ, **extra) if extra else None


class Batch:
    """A prepared `ip -batch`: the program waits in the host already, go() only feeds it.  Joining it
    takes under a millisecond, which matters where the gap of a move is measured."""

    def __init__(self, host, lines):
        self.what = f"{host.name}: " + "; ".join(lines)
        self.data = ("\n".join(lines) + "\n").encode()
        self.popen = subprocess.Popen(["ip", "-n", host.ns, "-batch", "-"], stdin=subprocess.PIPE,
                                      stderr=subprocess.PIPE)

    def feed(self):
        self.popen.stdin.write(self.data)
        self.popen.stdin.close()

    def finish(self):
        err = self.popen.stderr.read().decode(errors="replace")
        self.popen.stderr.close()
        if self.popen.wait(10) != 0:
            raise LabError(f"ip -batch failed in {self.what}\n{err}")

    def go(self):
        self.feed()
        self.finish()

    def drop(self):
        """Not needed after all."""
        self.popen.kill()
        self.popen.wait()
        self.popen.stdin.close()
        self.popen.stderr.close()


def go_together(*batches):
    """Carry out prepared batches at the same instant."""
    for b in batches:
        b.feed()
    for b in batches:
        b.finish()


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

    def prepare(self, *lines):
        """A Batch that carries out these `ip` commands when told."""
        return self.lab.own_batch(Batch(self, lines))

    def run(self, cmd, check=True, timeout=30, env=None, stdin=None):
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

    def ok(self, cmd, timeout=30, env=None):
        """True when the command ends with 0."""
        return self.run(cmd, check=False, timeout=timeout, env=env).returncode == 0

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
        proc = self.spawn(["tcpdump", "-i", ifname, "-n", "-U", "-s0", "-w", path, *shlex.split(expr)],
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


def must(argv, stdin=None, check=True):
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise LabError(f"{shlex.join(argv)}: {done.stderr.strip()}\n{stdin or ''}")
    return done.stdout


class Wire:
    """The forwarder of a delay_link; settings can change while traffic flows.

    set(delay_ms=, jitter_ms=, loss=, rate_mbit=, down=, limit_kib=, direction="both"|"ab"|"ba")
    loss is a fraction; down=1 drops everything in silence."""

    def __init__(self, middle, args):
        self.proc = middle.spawn([tool("delay"), "port-a", "port-b", *args], log="delay", stdin=subprocess.PIPE)
        self.told = 0
        self.proc.wait_text("ready")

    def set(self, direction="both", **settings):
        for key, value in settings.items():
            self.proc.tell(f"{direction} {key} {value:g}")
            self.told += 1
        wait_until(lambda: self.proc.text().count("ok ") + self.proc.text().count("bad ") >= self.told,
                   "the delay forwarder to obey", every=0.002)
        if "bad " in self.proc.text():
            raise LabError(f"delay forwarder: {self.proc.tail()}")


class Lab:
    """See the head of this file."""

    def __init__(self, name):
        self.name = name
        self.hosts, self.procs, self.pids, self.batches, self.wires = {}, [], [], [], []
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
        self.tmp = tempfile.mkdtemp(prefix=f"hw-{os.getpid()}-{self.name}-", dir=SCRATCH)
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
        must(["ip", "-n", a.ns, "link", "add", a_if, "type", "veth", "peer", "name", b_if, "netns", b.ns])
        for host, name, addrs in ((a, a_if, a_addr), (b, b_if, b_addr)):
            host.ip(*interface_up(name, addrs, mtu))

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
        must(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "hw-lab", path])
        return path

    def teardown(self):
        if self._down:
            return
        self._down = True
        for batch in self.batches:
            if batch.popen.poll() is None:
                batch.drop()
        end_processes([p.popen for p in self.procs] + self.pids)
        for host in self.hosts.values():
            remove_namespace(host.ns)
        remove_scratch(self.tmp)


class Switch:
    """Bridges in one namespace.  A port moves from segment to segment as a plug moves from socket to
    socket, in a fraction of a millisecond: move() or a prepared batch with move_line()."""

    def __init__(self, lab, name):
        self.lab = lab
        self.host = lab.host(name)
        self.host.sysctl("net.ipv6.conf.default.disable_ipv6=1")
        self.ports = 0
        self.port_of = {}

    def segment(self, name):
        """One more LAN."""
        self.host.ip(f"link add br-{name} type bridge mcast_snooping 0 forward_delay 0",
                     f"link set br-{name} up")

    def plug(self, host, ifname, segment, addr=None):
        """A new interface of host, plugged in (segment None: the plug hangs loose)."""
        self.ports += 1
        port = f"p{self.ports}"
        self.port_of[host.name, ifname] = port
        self.lab.link(host, ifname, self.host, port, addr)
        self.move(host, ifname, segment)

    def move_line(self, host, ifname, segment):
        port = self.port_of[host.name, ifname]
        return f"link set {port} master br-{segment}" if segment else f"link set {port} nomaster"

    def move(self, host, ifname, segment):
        self.host.ip(self.move_line(host, ifname, segment))


def interface_up(name, addrs, mtu=None):
    addrs = [addrs] if isinstance(addrs, str) else (addrs or [])
    lines = [f"addr add {a} dev {name}{' nodad' if ':' in a else ''}" for a in addrs]
    return ([f"link set dev {name} mtu {mtu}"] if mtu else []) + [f"link set dev {name} up"] + lines


def quiet_offload(host, ifname, offload):
    """Kernels before 6.2 cannot hand UDP segmentation through AF_PACKET."""
    release = tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2])
    if not offload:
        host.run(["ethtool", "-K", ifname, "tso", "off", "gso", "off", "tx-udp-segmentation", "off"])
    elif release < (6, 2):
        host.run(["ethtool", "-K", ifname, "tx-udp-segmentation", "off"])


def end_processes(popens, grace_s=2.0):
    """SIGTERM to each group, SIGKILL to what is left after the grace."""
    running = [p for p in popens if p.poll() is None]
    for sig in (signal.SIGTERM, signal.SIGKILL):
        for p in running:
            try:
                os.killpg(p.pid, sig)
            except ProcessLookupError:
                pass
        end = time.monotonic() + grace_s
        while running and time.monotonic() < end:
            running = [p for p in running if p.poll() is None]
            time.sleep(0.01)


def remove_namespace(ns):
    """End every process in the namespace, then the namespace."""
    for sig in (signal.SIGTERM, signal.SIGKILL):
        end = time.monotonic() + 1.5
        for pid in namespace_pids(ns):
            try:
                os.kill(pid, sig)
            except ProcessLookupError:
                pass
        while time.monotonic() < end and namespace_pids(ns):
            time.sleep(0.01)
    must(["ip", "netns", "del", ns], check=False)


def namespace_pids(ns):
    return [int(p) for p in must(["ip", "netns", "pids", ns], check=False).split()]


def remove_scratch(path):
    """A scratch directory, with whatever is mounted in it."""
    with open("/proc/self/mounts") as f:
        mounts = [line.split()[1] for line in f]
    for at in reversed([m for m in mounts if m.startswith(path + "/")]):
        must(["umount", "-l", at], check=False)
    shutil.rmtree(path, ignore_errors=True)


def sweep(kept=False):
    """Remove what labs that no longer run left behind; with kept, also those left up on purpose."""
    for name in os.listdir("/run/netns") if os.path.isdir("/run/netns") else []:
        pid = re.match(r"hw-(\d+)-", name)
        if pid and stale(int(pid.group(1)), kept):
            remove_namespace(name)
    for path in glob.glob(os.path.join(SCRATCH, "hw-[0-9]*-*")):
        pid = re.match(r"hw-(\d+)-", os.path.basename(path))
        if pid and os.lstat(path).st_uid == os.geteuid() and stale(int(pid.group(1)), kept):
            remove_scratch(path)
    if kept:
        for path in glob.glob(os.path.join(RUN_DIR, "keep-*")):
            os.unlink(path)


def stale(pid, kept):
    marked = os.path.exists(os.path.join(RUN_DIR, f"keep-{pid}"))
    return kept if marked else not pid_alive(pid) or pid == os.getpid()
