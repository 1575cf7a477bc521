#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Names of the profile are looked up outside the tunnel, and what they stood for is kept for when DNS is dead.

    web, a name server: 203.0.113.66 -- [inet] -- [cafe NAT] 10.1.0.0/24 -- laptop, routes = all
                                          |
    lan, home (NAT to 203.0.113.2): home.example.net, mux.example.net
"""
import glob
import os
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import NO_PROXIES
from netlab import HERE, wait_until
from pcap import packets
from scenekit import HOME4, Play, check, main
from topology import WEB4

NAMES = [f"home.example.net={HOME4}", f"mux.example.net={HOME4},2001:db8:0:1::2"]
# Any question; whoever asks it on the laptop has the system's routes.
QUERY = "000001000001000000000000076d616368696e65076578616d706c65036e65740000010001"


def serve(web):
    dns = web.spawn([os.path.join(HERE, "tools", "dns.py"), WEB4, *NAMES], log="dns")
    dns.wait_text("ready")
    return dns


def questions(pcap):
    return [p for p in packets(pcap) if p.dport == 53]


def in_tunnel(laptop, capture):
    """Lines of tcpdump about queries in the tunnel, which has no Ethernet headers."""
    return laptop.host.run(["tcpdump", "-nr", capture.pcap]).stdout.splitlines()


def looked_up_outside(play, web, outer):
    laptop, client = play.laptop, play.client
    dns = serve(web)
    client.up()
    wait_until(lambda: len(questions(outer.pcap)) >= 4, "questions about both names on the uplink")
    check({p.dst for p in questions(outer.pcap)} == {WEB4}, "before there is a tunnel the name server is asked")
    inner = laptop.host.capture("hw0", "port 53")
    check("dev hw0" in laptop.host.run(["ip", "route", "get", WEB4]).stdout, "the system's way to it is the tunnel now")
    laptop.move("wan0", "airport")
    client.wait_path(laptop.address())
    wait_until(lambda: sum(p.src == laptop.address() for p in questions(outer.pcap)) >= 4,
               "questions about both names from the new network")
    check(True, "after a move it is asked again, on the uplink")
    laptop.host.run([os.path.join(HERE, "tools", "udp.py"), WEB4, "53"], stdin=QUERY + "\n")
    wait_until(lambda: in_tunnel(laptop, inner), "another program's question in the tunnel")
    check(all("machine.example.net" in line or "NXDomain" in line for line in in_tunnel(laptop, inner)),
          "in the tunnel: questions of other programs, none of ours")
    check(f"machine.example.net 1 {HOME4}" in dns.text(), "and those come to the name server from home")
    inner.stop()
    return dns


def names_file(lab):
    found = glob.glob(os.path.join(lab.tmp, "laptop.state", "*.names"))
    return found[0] if found else None


def scene(lab):
    play = Play(lab, up=False, client_keys={"routes": "all", "home": "home.example.net",
                                            "mux": "https://mux.example.net"}, env=NO_PROXIES)
    web = play.world.web()
    play.laptop.host.etc("resolv.conf", f"nameserver {WEB4}\n")
    outer = play.laptop.host.capture("wan0", "udp port 53")
    dns = looked_up_outside(play, web, outer)
    dns.kill()
    dns.wait()
    play.client.down()
    path = names_file(lab)
    with open(path) as f:
        kept = f.read()
    check(f"home.example.net {HOME4}\n" in kept and "mux.example.net " in kept and os.stat(path).st_mode & 0o777 == 0o600,
          "what the names stood for is kept, for its owner alone")
    asked = len(questions(outer.pcap))
    play.client.up()
    check(True, "without DNS the client registers with what it knew")
    wait_until(lambda: len(questions(outer.pcap)) > asked, "the dead name server to be asked all the same")
    play.client.proc.wait_text("using the addresses known before")
    play.client.down()
    os.unlink(path)
    play.client.spawn()
    play.client.proc.wait_text("can't be looked up: trying again")
    check(play.client.state() != "registered", "without that file it does not")
    serve(web)
    play.client.wait_state("registered")
    check(names_file(lab), "and when the name server is back it does, and keeps the names again")


if __name__ == "__main__":
    main(scene)
