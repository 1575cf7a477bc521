# SPDX-License-Identifier: MIT
"""The world the scenes play in.

    lan   192.168.50.20 --+                 2001:db8:50::20
    home  192.168.50.2  --+-- home LAN      2001:db8:50::2        (home server, firewall and router)
                          |
                          | 203.0.113.2/29  2001:db8:0:1::2       delay each way here (Wire)
                          |
    web 203.0.113.66 -- [inet]  the internet, a router
                          |
       +----------+-------+------+------------+--------------------+
      open       cafe         airport        six                copycat
      198.51.    NAT          NAT            IPv6 only          NAT, with home's own
      100.0/26   10.1.0.0/24  10.5.0.0/24    2001:db8:51::/64   prefix 192.168.50.0/24

      hotel                 office                    socks
      NAT, UDP and all      nothing out but by a      nothing out but by a SOCKS
      but TCP 80 and 443    web proxy on the router   proxy on the router
      dropped silently      10.3.0.1:3128             10.4.0.1:1080
      10.2.0.0/24           10.3.0.0/24               10.4.0.0/24

Sites are made when first named.  Every site's LAN and the home LAN are segments of one switch; a
client moves when its plug goes to another segment and its address and gateway change with it.
"""
from dataclasses import dataclass

HOME_LAN4, HOME_LAN6 = "192.168.50.2", "2001:db8:50::2"
LAN_HOST4, LAN_HOST6 = "192.168.50.20", "2001:db8:50::20"
HOME4, HOME6 = "203.0.113.2", "2001:db8:0:1::2"
WEB4 = "203.0.113.66"


@dataclass
class Site:
    """One place a client can plug in.  lan: its prefix without the last number."""
    name: str
    lan: str
    bits: int
    gateway: int
    wan: str = ""               # the router's address towards the internet, /30; its peer is one less
    nat: bool = False
    first_host: int = 10
    passes: str | None = None   # a firewall's TCP ports towards the internet; None: there is no firewall

    def address(self, number):
        """The address client `number` gets here."""
        n = self.first_host + number
        return f"{self.lan}{n:x}/{self.bits}" if ":" in self.lan else f"{self.lan}{n}/{self.bits}"

    @property
    def gateway_address(self):
        return f"{self.lan}{self.gateway}"


SITES = {s.name: s for s in (
    Site("open", "198.51.100.", 26, 1),
    Site("cafe", "10.1.0.", 24, 1, wan="203.0.113.18", nat=True),
    Site("airport", "10.5.0.", 24, 1, wan="203.0.113.22", nat=True),
    Site("hotel", "10.2.0.", 24, 1, wan="203.0.113.30", nat=True, passes="80, 443"),
    Site("office", "10.3.0.", 24, 1, wan="203.0.113.34", nat=True, passes=""),
    Site("socks", "10.4.0.", 24, 1, wan="203.0.113.38", nat=True, passes=""),
    Site("six", "2001:db8:51::", 64, 1),
    Site("copycat", "192.168.50.", 24, 2, wan="203.0.113.26", nat=True, first_host=60),
    Site("home", "192.168.50.", 24, 2, first_host=60),
)}


# What a visited network's firewall lets through: the ports in two sets, and the answers from there. The rest
# is dropped without a word, and counted: what was sent out, and UDP of that.
GATE = """
table ip gate {
    set tcp_ports { type inet_service; }
    set udp_ports { type inet_service; }
    counter udp_dropped { }
    counter out_dropped { }
    chain forward {
        type filter hook forward priority 0; policy drop;
        iifname "lan" tcp dport @tcp_ports accept
        iifname "lan" udp dport @udp_ports accept
        oifname "lan" tcp sport @tcp_ports ct state established accept
        oifname "lan" udp sport @udp_ports ct state established accept
        oifname "lan" ct state related accept
        iifname "lan" meta l4proto udp counter name udp_dropped
        iifname "lan" counter name out_dropped drop
    }
}
"""


class World:
    """Home, the internet and, on demand, the sites."""

    def __init__(self, lab, delay_ms=0.0):
        self.lab = lab
        self.panel = lab.switch("panel")
        self.inet = lab.host("inet", forward=True)
        self.home = lab.host("home", forward=True)
        self.lan = lab.host("lan")
        self.sites, self.routers, self.clients = {}, {}, 0
        self._home_lan()
        self.wire = self._uplink(delay_ms)
        self.inet.ip("route add blackhole 100.64.0.0/10")

    def _home_lan(self):
        self.panel.segment("home")
        self.sites["home"] = SITES["home"]
        self.panel.plug(self.home, "eth0", "home", [f"{HOME_LAN4}/24", f"{HOME_LAN6}/64"])
        self.panel.plug(self.lan, "eth0", "home", [f"{LAN_HOST4}/24", f"{LAN_HOST6}/64"])
        self.lan.ip(f"route add default via {HOME_LAN4}", f"route add default via {HOME_LAN6}")

    def _uplink(self, delay_ms):
        home, inet = [f"{HOME4}/29", f"{HOME6}/64"], ["203.0.113.1/29", "2001:db8:0:1::1/64"]
        wire = None
        if delay_ms:
            wire = self.lab.delay_link(self.inet, "home", self.home, "wan", delay_ms, inet, home)
        else:
            self.lab.link(self.inet, "home", self.home, "wan", inet, home)
        self.home.ip("route add default via 203.0.113.1", "route add default via 2001:db8:0:1::1")
        self.inet.ip(f"route add 2001:db8:50::/64 via {HOME6}")
        self.lab.nat(self.home, "wan", "192.168.50.0/24")
        return wire

    def site(self, name):
        """The Site, with its router and network made if this is the first time."""
        if name not in self.sites:
            self.sites[name] = s = SITES[name]
            self.panel.segment(name)
            (self._nat_site if s.nat else self._routed_site)(s)
        return self.sites[name]

    def _routed_site(self, s):
        self.panel.plug(self.inet, s.name, s.name, f"{s.gateway_address}/{s.bits}")
        self.routers[s.name] = self.inet

    def _nat_site(self, s):
        router = self.routers[s.name] = self.lab.host(s.name, forward=True)
        provider = s.wan.rsplit(".", 1)[0] + f".{int(s.wan.rsplit('.', 1)[1]) - 1}"
        self.panel.plug(router, "lan", s.name, f"{s.gateway_address}/{s.bits}")
        self.lab.link(router, "wan", self.inet, f"to-{s.name}", f"{s.wan}/30", f"{provider}/30")
        router.ip(f"route add default via {provider}")
        self.lab.nat(router, "wan")
        if s.passes is not None:
            router.nft(GATE)
            self.gate(s.name, tcp=s.passes)

    def gate(self, site_name, tcp=None, udp=None):
        """Sets which TCP or UDP ports a site's firewall passes ("80, 443"; "": none; None: as it was)."""
        lines = []
        for name, ports in (("tcp", tcp), ("udp", udp)):
            lines += [] if ports is None else [f"flush set ip gate {name}_ports"]
            lines += [f"add element ip gate {name}_ports {{ {ports} }}"] if ports else []
        self.routers[site_name].nft("\n".join(lines) + "\n")

    def web(self):
        """A host somewhere in the internet."""
        h = self.lab.host("web")
        self.lab.link(h, "eth0", self.inet, "to-web", f"{WEB4}/30", "203.0.113.65/30")
        h.ip("route add default via 203.0.113.65")
        return h

    def laptop(self, name="laptop"):
        """A client that is plugged in nowhere yet."""
        self.clients += 1
        return Laptop(self, self.lab.host(name), self.clients)


class Move:
    """A prepared change of one uplink; go() carries it out within a millisecond or two."""

    def __init__(self, laptop, ifname, site):
        self.laptop, self.ifname, self.site = laptop, ifname, site
        panel = laptop.world.panel
        self.port = panel.host.prepare(panel.move_line(laptop.host, ifname, site.name if site else None))
        self.net = laptop.host.prepare(*laptop.readdress_lines(ifname, site))

    def go(self):
        self.port.go()      # first the cable: an ARP request must not go out into the old network
        self.net.go()
        self.laptop.at[self.ifname] = self.site


class Laptop:
    """A roaming host; its uplinks are named wan0, wan1, ... and the first is preferred by its metric."""

    def __init__(self, world, host, number):
        self.world, self.host, self.number = world, host, number
        self.at, self.metric = {}, {}

    def __repr__(self):
        return self.host.name

    def address(self, ifname="wan0"):
        """What it is called at its present site, without the prefix length."""
        return self.at[ifname].address(self.number).split("/")[0]

    def plug(self, ifname, site_name, metric=None):
        """A new uplink, plugged in and configured; site None: present but nowhere.  metric: of its
        default route; else 100, 200, ... in order of plugging."""
        self.metric[ifname] = metric or 100 + 100 * len(self.at)
        site = self.world.site(site_name) if site_name else None
        self.world.panel.plug(self.host, ifname, site_name)
        self.at[ifname] = None
        self.host.ip(*self.readdress_lines(ifname, site) or ["link show lo"])
        self.at[ifname] = site

    def readdress_lines(self, ifname, site):
        """ip commands from where the uplink is to `site`, as a DHCP client would leave things."""
        old = self.at.get(ifname)
        lines = [f"addr del {old.address(self.number)} dev {ifname}"] if old else []
        if old and ":" in old.lan:
            lines.append(f"route del default via {old.gateway_address} dev {ifname}")
        if site:
            nodad = " nodad" if ":" in site.lan else ""
            lines += [f"addr add {site.address(self.number)} dev {ifname}{nodad}",
                      f"route add default via {site.gateway_address} dev {ifname} metric {self.metric[ifname]}"]
        return lines

    def prepare_move(self, ifname, site_name):
        return Move(self, ifname, self.world.site(site_name) if site_name else None)

    def move(self, ifname, site_name):
        """To another site: old link, address and route go, the new ones come."""
        self.prepare_move(ifname, site_name).go()

    def blackhole(self, ifname):
        """The uplink swallows everything; link, address and route stay."""
        self.world.panel.move(self.host, ifname, None)

    def heal(self, ifname):
        self.world.panel.move(self.host, ifname, self.at[ifname].name)
