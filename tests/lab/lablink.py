# SPDX-License-Identifier: MIT
"""What joins hosts: the delaying wire and the switch."""
import subprocess

from labbase import LabError, must, tool, wait_until


class Wire:
    """The forwarder of a delay_link; settings can change while traffic flows.

    set(delay_ms=, jitter_ms=, loss=, rate_mbit=, down=, limit_kib=, direction="both"|"ab"|"ba")
    loss is a fraction; down=1 drops everything in silence."""

    def __init__(self, middle, args):
        self.proc = middle.spawn([tool("delay"), "port-a", "port-b", *args], log="delay", stdin=subprocess.PIPE)
        self.sent = 0
        self.proc.wait_text("ready")

    def set(self, direction="both", **settings):
        for key, value in settings.items():
            self.proc.write_line(f"{direction} {key} {value:g}")
            self.sent += 1
        wait_until(lambda: self.proc.text().count("ok ") + self.proc.text().count("bad ") >= self.sent,
                   "the delay forwarder to obey", every=0.002)
        if "bad " in self.proc.text():
            raise LabError(f"delay forwarder: {self.proc.tail()}")


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


def cable(a, a_if, b, b_if, a_addr=None, b_addr=None, mtu=None):
    """veth between two hosts; see Lab.link()."""
    must(["ip", "-n", a.ns, "link", "add", a_if, "type", "veth", "peer", "name", b_if, "netns", b.ns])
    for host, name, addrs in ((a, a_if, a_addr), (b, b_if, b_addr)):
        host.ip(*interface_up(name, addrs, mtu))
