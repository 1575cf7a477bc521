# SPDX-License-Identifier: MIT
"""A multiplexer in a host of its own, between clients and the targets of its UDP.

    client 192.0.2.2 --+            +-- mux 192.0.2.1
                       +-- one LAN -+
    other  192.0.2.3 --+            +-- target 192.0.2.10: echo 4500, count 4501, silent 4502, flood 4503,
                                                                        clock 4506, hint 4507

`other` is somebody else, whose tunnel goes on through everything that a scene does (Bystander).
"""
import copy
import json
import os
import shutil
import signal
import socket
import ssl
import time

from muxwire import ESP_MIN, SPI, Conn, ConnectUdp, Head, Plain, WebSocket, esp, request
from netlab import HERE, PATIENCE_S, LabError, daemon_readable, must, program, wait_until
from product import gone, set_key
from scenekit import check, fact, sanitized

__all__ = ["CLIENT4", "MUX4", "NAME", "OTHER4", "TARGET4", "TARGETS", "Bystander", "MuxLab", "Pki", "Targets",
           "exchange", "fact"]
MUX4, CLIENT4, OTHER4, TARGET4 = "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.10"
NAME = "mux.example.net"
TARGETS = {"home": 4500, "count": 4501, "silent": 4502, "flood": 4503, "down": 4504, "clock": 4506, "hint": 4507}
PORTS = ("echo:4500", "count:4501", "silent:4502", "flood:4503", "clock:4506", "hint:4507")     # nobody is at 4504
PYTHON = "/usr/bin/python3"
# A sanitizer keeps what was freed for a while: of memory that is measured, not much.
ENV = {"ASAN_OPTIONS": "quarantine_size_mb=1:" + os.environ.get("ASAN_OPTIONS", "")}


class Pki:
    """Certificates by the openssl command."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)

    def file(self, name):
        return os.path.join(self.folder, name)

    def _key(self, name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.file(f"{name}.key")]

    def ca(self, name):
        must(["openssl", "req", "-x509", *self._key(name), "-out", self.file(f"{name}.crt"), "-days", "30",
              "-subj", f"/CN={name}"])
        return self.file(f"{name}.crt")

    def issue(self, name, ca="ca", cn=None, days=30):
        """days below 0: expired.  Returns (certificate, key)."""
        cn, out = cn or name, self.file(name)
        must(["openssl", "req", "-new", *self._key(name), "-out", f"{out}.csr", "-subj", f"/CN={cn}"])
        with open(f"{out}.ext", "w") as f:
            f.write(f"subjectAltName = DNS:{cn}\nbasicConstraints = CA:FALSE\n")
        must(["openssl", "x509", "-req", "-in", f"{out}.csr", "-out", f"{out}.crt", "-days", str(days),
              "-CA", self.file(f"{ca}.crt"), "-CAkey", self.file(f"{ca}.key"), "-CAcreateserial",
              "-extfile", f"{out}.ext"])
        daemon_readable(f"{out}.key")
        return f"{out}.crt", f"{out}.key"


class Targets:
    """tools/udptarget.py in a host."""

    def __init__(self, lab, host, address=TARGET4, ports=PORTS, name="targets"):
        self.status_path = os.path.join(lab.tmp, f"{name}.status")
        self.proc = host.spawn([PYTHON, os.path.join(HERE, "tools", "udptarget.py"), address, self.status_path, *ports],
                               log=name)
        self.proc.wait_text("ready")

    def _status(self, port):
        with open(self.status_path) as f:
            return json.load(f)[port]

    def seen(self, port):
        """Datagrams that came to MODE:PORT."""
        return self._status(port)[0]

    def sent(self, port):
        return self._status(port)[1]

    def settled(self, port, every=0.3):
        """Datagrams that came, once no more come for a while."""
        last = -1
        while last != self.seen(port):
            last = self.seen(port)
            time.sleep(every)
        return last


class Bystander:
    """tools/bystander.py in a host."""

    def __init__(self, mux, host, port=443):
        self.mux, self.status_path = mux, os.path.join(mux.lab.tmp, f"bystander-{host.name}.status")
        self.proc = host.spawn([PYTHON, os.path.join(HERE, "tools", "bystander.py"), MUX4, str(port),
                                mux.pki.file("ca.crt") if port == 443 else "-", NAME, self.status_path], log="bystander")
        self.proc.wait_text("ready")
        wait_until(lambda: self.status()[0] > 0 or gone(self.proc), "the other client's first exchange")

    def status(self):
        """(exchanged, lost, longest exchange in ms)"""
        try:
            with open(self.status_path) as f:
                exchanged, lost, longest = f.read().split()
        except FileNotFoundError:
            return 0, 0, 0.0
        return int(exchanged), int(lost), float(longest)

    def goes_on(self, packets=20):
        """It exchanges datagrams at this moment."""
        goal = self.status()[0] + packets
        wait_until(lambda: self.status()[0] >= goal or gone(self.proc), "the other client to exchange datagrams")

    def undisturbed(self):
        self.goes_on()
        exchanged, lost, longest = self.status()
        check(lost == 0, f"the other client: {exchanged} datagrams there and back, {lost} lost, the longest took {longest} ms")


class MuxLab:
    """See the head of this file.  keys: of [mux]; listen, certificate and key are there already."""

    def __init__(self, lab, keys=None, start=True, bystander=True, env=None):
        self.lab, self.env, self.name, self.ports = lab, dict(ENV, **(env or {})), "mux", (80, 443)
        self.host, self.client, self.other, self.far = (lab.host(n) for n in ("mux", "client", "other", "target"))
        self.lan = lab.bridge("lan", *((h, "eth0", f"{a}/24") for h, a in (
            (self.host, MUX4), (self.client, CLIENT4), (self.other, OTHER4), (self.far, TARGET4))))
        self.pki = Pki(os.path.join(lab.tmp, "pki"))
        self.ca = self.pki.ca("ca")
        self.conf, self.control = os.path.join(lab.tmp, "mux.conf"), os.path.join(lab.tmp, "mux.sock")
        self.configure(**(keys or {}))
        self.targets = Targets(lab, self.far)
        self.proc = self.bystander = None
        if start:
            self.start()
        if start and bystander:
            self.watch_others()

    def configure(self, **keys):
        certificate, key = self.pki.issue("mux", cn=NAME)
        known = {"listen": f"https://{MUX4}:443, http://{MUX4}:80", "certificate": certificate, "key": key, **keys}
        text = "[mux]\n" + "".join(f"{k} = {v}\n" for k, v in known.items())
        for name, port in TARGETS.items():
            text += f"[target {name}]\naddress = {TARGET4}:{port}\n"
        with open(self.conf, "w") as f:
            f.write(text)
        daemon_readable(self.conf)

    def set(self, key, value, section="mux"):
        set_key(self.conf, section, key, value)

    def cmd(self, verb, *args):
        return [program("homeward-mux"), verb, "-c", self.conf, *(["--control", self.control] if verb != "check" else []),
                *args]

    def call(self, verb, *args, check=True):
        return self.host.run(self.cmd(verb, *args), check=check, env=self.env)

    def spawn(self):
        self.proc = self.host.spawn(self.cmd("run"), log=self.name, env=self.env)
        return self.proc

    def start(self):
        self.spawn()
        wait_until(lambda: self.host.ok(self.cmd("status", "--json")) or gone(self.proc),
                   "the multiplexer to answer status")
        return self

    def second(self, http=8080, https=8443):
        """One more multiplexer in the same host, with a log and limits of its own."""
        other = copy.copy(self)
        other.name, other.ports = "second", (http, https)
        other.conf, other.control = f"{self.conf}.{other.name}", f"{self.control}.{other.name}"
        shutil.copy(self.conf, other.conf)
        other.set("listen", f"https://{MUX4}:{https}, http://{MUX4}:{http}")
        return other.start()

    def watch_others(self):
        """From here on somebody else has a tunnel."""
        self.bystander = Bystander(self, self.other)

    def status(self):
        return json.loads(self.call("status", "--json").stdout)

    def log(self):
        """Its lines, with those of what a client has just been answered: it answers status after it has written them."""
        self.host.ok(self.cmd("status", "--json"))
        return self.proc.text().splitlines()

    def rss_kib(self):
        """Resident memory.  The process is the one that `ip netns exec` became."""
        return self.proc.rss_kib()

    def most_kib(self, kib):
        """What its memory may grow by: a sanitizer's redzones and quarantine come on top."""
        return 6 * kib if sanitized() else kib

    def connect(self, tls=True, host=None, context=None, port=None, patience=PATIENCE_S, receive=None):
        """A Conn from `client` (or another host) to the multiplexer.  receive: SO_RCVBUF."""
        sock = (host or self.client).socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        sock.settimeout(patience)
        sock.connect((MUX4, port or self.ports[tls]))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            sock = (context or self.context()).wrap_socket(sock, server_hostname=NAME)
        return Conn(sock, patience)

    def context(self, certificate=None, version=None):
        """A client's TLS.  certificate: (file, key) of its own."""
        c = ssl.create_default_context(cafile=self.ca)
        c.set_alpn_protocols(["http/1.1"])
        if certificate:
            c.load_cert_chain(*certificate)
        if version:
            c.minimum_version = c.maximum_version = version
        return c

    def websocket(self, target="home", **how):
        return WebSocket(self.connect(**how), target)

    def connect_udp(self, target="home", **how):
        return ConnectUdp(self.connect(**how), target)

    def plain(self, target="home", **how):
        return Plain(self.connect(**how), self.connect(**how), target)

    def ask(self, octets, **how):
        """One request on a connection of its own; returns its head."""
        conn = self.connect(**how)
        try:
            head, _ = conn.ask(octets)
            return head
        finally:
            conn.close()

    def answers(self, host=None):
        """It serves a newcomer."""
        head = self.ask(request("GET /generate_204"), host=host)
        check(isinstance(head, Head) and head.status == 204, "a newcomer is answered")

    def refused(self, what, octets, status, tls=False, closes=True):
        """A request that gets this status (or one of several), and then the connection is closed."""
        conn = self.connect(tls=tls)
        try:
            conn.send(octets)
            head = conn.head()
        except (EOFError, ConnectionError):
            raise LabError(f"NOT SO: {what}: closed without an answer") from None
        allowed = status if isinstance(status, tuple) else (status,)
        ended = conn.ends() is not None if closes else True
        conn.close()
        check(head.status in allowed and ended, f"{what}: {head.status} {head.reason}{', and closed' if closes else ''}")
        return head

    def curl(self, *args, host=None):
        """curl in a host, name and trust anchor set; returns the CompletedProcess."""
        return (host or self.client).run(
            ["curl", "-sS", "--noproxy", "*", "--cacert", self.ca, "--connect-timeout", str(PATIENCE_S), "--resolve",
             f"{NAME}:443:{MUX4}", "--resolve", f"{NAME}:80:{MUX4}", *args], check=False)

    def curl_spawn(self, *args, log="curl"):
        return self.client.spawn(
            ["curl", "-sS", "--noproxy", "*", "--cacert", self.ca, "--resolve", f"{NAME}:443:{MUX4}", "--resolve",
             f"{NAME}:80:{MUX4}", *args], log=log)

    def fingerprint(self):
        """Of the certificate that is shown now."""
        conn = self.connect()
        try:
            return conn.sock.getpeercert(binary_form=True)
        finally:
            conn.close()

    def reload(self):
        self.proc.kill(signal.SIGHUP)


def exchange(tunnel, *lengths):
    """Datagrams of these lengths go out and come back."""
    for n in lengths or (ESP_MIN, 100, 1200):
        sent = esp(os.urandom(n - len(SPI)))
        tunnel.send(sent)
        got = tunnel.recv()
        if got != sent:
            raise LabError(f"a datagram of {n} octets came back as one of {len(got)}")
