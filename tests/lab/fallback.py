# SPDX-License-Identifier: MIT
"""The multiplexer, and journeys between networks where only the web works and those where UDP does.

    lan   192.168.50.20 --+
    home  192.168.50.2  --+-- 203.0.113.2: home server, and the multiplexer at TCP 443 and 80
                                  |
                               [inet] -- cafe, hotel, office, socks (topology.py)

DmzMuxPlay has the multiplexer in the DMZ of dmz.py, beside the relay that it hands everything to.
"""
import itertools
import json
import os
import signal
import socket
import ssl

from dmz import DIRECT4, RELAY4, DmzWorld, Relay
from muxwire import Conn, cu_request, prefixed, request
from netlab import PATIENCE_S, program, wait_until
from pki import Authority
from product import Client, Server, gone
from scenekit import LAN_HOST4, Download, World, check
from topology import HOME4, WEB4

HTTPS, HTTP = "https://0.0.0.0:443", "http://0.0.0.0:80"
# A machine that tests may have proxies of its own.
NO_PROXIES = {name: "" for low in ("http_proxy", "https_proxy", "all_proxy", "no_proxy") for name in (low, low.upper())}


class Mux:
    """homeward-mux in a host."""

    def __init__(self, lab, host, identity, listen=(HTTPS, HTTP), targets=None, name="mux", keys=None):
        self.lab, self.host, self.name, self.keys = lab, host, name, keys or {}
        self.conf = os.path.join(lab.tmp, f"{name}.conf")
        self.control = os.path.join(lab.tmp, f"{name}.sock")
        self.proc = None
        self.write(identity, listen, targets or {"home": "127.0.0.1:4500"})

    def write(self, identity, listen, targets):
        lines = ["[mux]", f"listen = {', '.join(listen)}"]
        if identity:
            lines += [f"certificate = {identity.cert}", f"key = {identity.key}"]
        lines += [f"{key} = {value}" for key, value in self.keys.items()]
        for target, address in targets.items():
            lines += [f"[target {target}]", f"address = {address}"]
        with open(self.conf, "w") as f:
            f.write("\n".join(lines) + "\n")

    def cmd(self, verb, *args):
        return [program("homeward-mux"), verb, "-c", self.conf, "--control", self.control, *args]

    def call(self, verb, *args, check=True):
        return self.host.run(self.cmd(verb, *args), check=check)

    def spawn(self):
        self.proc = self.host.spawn(self.cmd("run"), log=self.name)
        return self.proc

    def answers(self):
        return self.host.ok(self.cmd("status", "--json"))

    def status(self):
        return json.loads(self.call("status", "--json").stdout)

    def start(self):
        self.spawn()
        wait_until(lambda: self.answers() or gone(self.proc), f"{self.name} to answer status")
        return self

    def kill(self, sig=signal.SIGKILL):
        self.proc.kill(sig)
        return self.proc.wait()


class FallbackPlay:
    """What the two worlds below share: one laptop, plugged in nowhere yet, whose profile names a multiplexer."""

    def _laptop(self, lab, profile, url, client_keys, env):
        self.lab, self.profile, self.ports = lab, profile, itertools.count(8081)
        self.laptop = self.world.laptop()
        self.client = Client(lab, self.laptop, profile, env={**NO_PROXIES, **(env or {})})
        for key, value in {"mux": url, "mux_ca": self.authority.ca, **(client_keys or {})}.items():
            self.client.set(key, value)

    @property
    def lan(self):
        return self.world.lan

    def router(self, site):
        """A site's router, made if this is the first time."""
        self.world.site(site)
        return self.world.routers[site]

    def go(self, site):
        """Plug in there, or move there."""
        if self.laptop.at:
            self.laptop.move("wan0", site)
        else:
            self.laptop.plug("wan0", site)

    def path(self):
        return self.client.status()["path"] or {}

    def wait_kind(self, kind):
        wait_until(lambda: self.path().get("kind") == kind or gone(self.client.proc), f"the path to be {kind}")

    def wait_said(self, text):
        """Wait until the client's log holds it."""
        self.client.proc.wait_text(text)

    def trouble(self):
        return self.client.status().get("trouble") or ""

    def reached_from_home(self):
        """The LAN host opens a connection to the client's permanent address and gets what is there."""
        port = next(self.ports)
        Download(self.lab, self.laptop.host, self.client.address, self.lan, 200_000, port=port).finish(quiet=True)
        check(True, "a connection opened from the LAN host to the client's permanent address: 200,000 octets are right")


class MuxPlay(FallbackPlay):
    """Home server and multiplexer on one host.  url: as the profile names the multiplexer; listen: where the
    multiplexer is behind a web server; mux_keys: more of [mux]."""

    def __init__(self, lab, listen=(HTTPS, HTTP), url=f"https://{HOME4}/home", client_keys=None, env=None, delay_ms=0.0,
                 mux_keys=None):
        self.world = World(lab, delay_ms)
        self.authority = Authority(lab)
        self.identity = self.authority.issue("mux.example.net", HOME4, "mux.example.net")
        self.server = Server(lab, self.world.home).init()
        profile = self.server.add("alice")
        self.server.start()
        tls = any(where.startswith("https") for where in listen)
        self.mux = Mux(lab, self.world.home, self.identity if tls else None, listen, keys=mux_keys).start()
        self._laptop(lab, profile, url, client_keys, env)

    def stranger(self, host, octets):
        """Somebody else asks by HTTPS from another host: the connection, and the answer's head."""
        sock = host.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.settimeout(PATIENCE_S)
        sock.connect((HOME4, 443))
        tls = ssl.create_default_context(cafile=self.authority.ca)
        conn = Conn(tls.wrap_socket(sock, server_hostname=HOME4))
        return conn, conn.send(octets).head()


class MuxDmzWorld(DmzWorld):
    """The firewall passes the web to the multiplexer in the DMZ as well; inwards there is still protocol 4 alone."""

    def __init__(self, lab, delay_ms=0.0):
        super().__init__(lab, delay_ms)
        rule, ports = "add rule ip hw forward", "{ 80, 443 }"
        self.fw.nft(f'{rule} iifname "wan" oifname "dmz" ip daddr {RELAY4} tcp dport {ports} accept\n'
                    f'{rule} iifname "dmz" oifname "wan" ip saddr {RELAY4} tcp sport {ports} accept\n')


class DmzMuxPlay(FallbackPlay):
    """Relay and multiplexer on one host in the DMZ."""

    def __init__(self, lab, client_keys=None, delay_ms=0.0):
        self.world = MuxDmzWorld(lab, delay_ms)
        self.authority = Authority(lab)
        self.identity = self.authority.issue("mux.example.net", RELAY4)
        self.server = Server(lab, self.world.home).init(public=(DIRECT4,))
        self.relay = Relay(lab, self.world.relay, self.server)
        profile = self.server.add("alice")
        self.server.start()
        self.relay.start()
        self.mux = Mux(lab, self.world.relay, self.identity, targets={"dmz1": "127.0.0.1:4500"}).start()
        self._laptop(lab, profile, f"https://{RELAY4}/dmz1", client_keys, None)


def says(play, kind, proxy, method):
    """The status names the path."""
    p = play.path()
    by = f", {p.get('method')}" if p.get("method") else ""
    check(p["kind"] == kind and p["proxy"] == proxy and (method is None or p.get("method") == method),
          f"path: {p['kind']}{by} to {p['remote']}, proxy {p['proxy']}, agent {p['agent']}")


def arrive(play, site, kind, proxy=None, method=None):
    """Plug in at a site, start the client, and see it registered by the path that is wanted."""
    play.go(site)
    if not (play.client.proc and play.client.proc.alive()):
        play.client.up()
    play.wait_kind(kind)
    says(play, kind, proxy, method)


def journey(play, site, kind, proxy=None, method=None, better="direct", total=12_000_000, rate_mbit=3):
    """From `site` to a network that passes UDP, and back, in one TCP download; returns its figures."""
    arrive(play, site, kind, proxy, method)
    # A port of its own: a scene may have had another download.
    download = Download(play.lab, play.lan, LAN_HOST4, play.laptop.host, total, rate_mbit=rate_mbit, port=next(play.ports))
    download.progress()
    play.reached_from_home()
    play.go("cafe")
    play.wait_kind(better)
    download.progress()
    check(True, f"in the cafe: {better}, and the download goes on")
    play.go(site)
    play.wait_kind(kind)
    download.progress()
    says(play, kind, proxy, method)
    play.reached_from_home()
    check(download.get.alive(), f"back at the {site}: {kind}, and it is the same download")
    download.hurry()
    return download.finish()


def counted_by_source(play, most, fcgi=False):
    """A web server in front says who asks: `most` tunnels for one address, whatever else it says it is."""
    web, asked = play.world.web(), []
    for n in range(most + 1):
        name = f"X-Forwarded-For: 192.0.2.{n}"
        session = request(f"POST /homeward/home/{n:032x}/up", "Content-Length: 3", name, body=prefixed(b"x"))
        asked.append(play.stranger(web, session if fcgi else cu_request("home", 4500, name)))
    got = [head.status for _, head in asked]
    check(all(status in (101, 200, 204) for status in got[:most]) and got[most] == 429,
          f"somebody else, who invents names, gets {most} tunnels, then: {asked[-1][1].status} {asked[-1][1].reason}")
    said = [line for line in play.mux.proc.text().splitlines() if "no tunnel" in line]
    check(len(said) == 1 and WEB4 in said[0], f"log: {said[0].strip()}")
    play.reached_from_home()
    for conn, _ in asked:
        conn.close()
