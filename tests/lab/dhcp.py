# SPDX-License-Identifier: MIT
"""DHCP as visited networks have it: dnsmasq on the router, udhcpc on the laptop."""
import os
import shutil

from labbase import HERE, LabError, wait_until


class DhcpServer:
    """dnsmasq without DNS on one link of a host.  routes: (prefix, gateway) pairs of option 121."""

    def __init__(self, lab, host, ifname, first, last, mask, gateway, routes=()):
        self.lab, self.host = lab, host
        leases = os.path.join(lab.tmp, f"{host.name}-{first}.leases")
        args = [shutil.which("dnsmasq") or "/usr/sbin/dnsmasq", "--no-daemon", "--no-ping", "--conf-file=/dev/null", "--port=0",
                "--user=root", "--pid-file=", f"--interface={ifname}", "--bind-interfaces", "--log-dhcp",
                f"--dhcp-leasefile={leases}", f"--dhcp-range={first},{last},{mask},2m", f"--dhcp-option=3,{gateway}"]
        if routes:
            pairs = ",".join(f"{prefix},{via}" for prefix, via in routes)
            args.append(f"--dhcp-option=121,{pairs}")
        self.proc = host.spawn(args, log="dnsmasq")
        self.proc.wait_text("sockets bound exclusively")

    def acked(self):
        return self.proc.text().count("DHCPACK")

    def stop(self):
        self.proc.stop()


class DhcpClient:
    """udhcpc on one link of a host, with a lease."""

    def __init__(self, host, ifname, server):
        self.host, self.server = host, server
        script = os.path.join(HERE, "tools", "dhcp-script")
        self.proc = host.spawn(["udhcpc", "-f", "-i", ifname, "-s", script, "-O", "staticroutes", "-t", "20", "-T", "1"],
                               log="udhcpc")
        self.proc.wait_text("configured")

    def renew(self):
        """Ask by unicast for the same lease; True when the server acknowledged it."""
        before = self.server.acked()
        self.proc.kill(10)      # SIGUSR1
        wait_until(lambda: self.server.acked() > before or not self.proc.alive(), "the lease to be renewed")
        if not self.proc.alive():
            raise LabError(self.proc.tail())
        return "broadcasting" not in self.proc.text().split("obtained")[-1]

    def stop(self):
        self.proc.kill(9)
        self.proc.wait()
