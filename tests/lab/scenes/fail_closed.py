#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""routes = all with a home that has no IPv6: IPv6 does not leave past the tunnel. Nothing leaves when the client is
killed, the next one takes over, and `down` opens up again.

    web 203.0.113.66, 2001:db8:66::2 -- [inet] -- [cafe: NAT for IPv4, IPv6 routed] -- laptop 10.1.0.11, 2001:db8:52::b
                                          |
    lan, home (NAT to 203.0.113.2)                                     neighbour 10.1.0.99
"""
import signal
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from scenekit import LAN_HOST4, Play, check, main, ping
from topology import WEB4

WEB6, NEIGHBOUR4 = "2001:db8:66::2", "10.1.0.99"


def dual_stack(play):
    world, web = play.world, play.world.web()
    router, inet = world.routers["cafe"], world.inet
    web.ip(f"addr add {WEB6}/64 dev eth0 nodad", "route add default via 2001:db8:66::1")
    inet.ip("addr add 2001:db8:66::1/64 dev to-web nodad", "addr add 2001:db8:0:2::1/64 dev to-cafe nodad",
            "route add 2001:db8:52::/64 via 2001:db8:0:2::2")
    router.ip("addr add 2001:db8:0:2::2/64 dev wan nodad", "addr add 2001:db8:52::1/64 dev lan nodad",
              "route add default via 2001:db8:0:2::1")
    play.laptop.host.ip("addr add 2001:db8:52::b/64 dev wan0 nodad", "route add default via 2001:db8:52::1 dev wan0 metric 100")
    neighbour = play.lab.host("neighbour")
    world.panel.plug(neighbour, "eth0", "cafe", f"{NEIGHBOUR4}/24")


def leaves(play, *targets, extra=()):
    """Those of the targets that echo requests to were seen on the uplink."""
    capture = play.laptop.host.capture("wan0", "icmp[0] == 8 or icmp6[0] == 128")
    for t in targets:
        play.laptop.host.run(["ping", "-c", "2", "-i", "0.05", "-W", "0.2", *extra, t], check=False)
    capture.stop()
    lines = play.laptop.host.run(["tcpdump", "-nr", capture.pcap]).stdout
    return [t for t in targets if f"> {t}: ICMP" in lines]


def rules(play):
    return sorted(play.laptop.host.run("ip rule").stdout.splitlines() + play.laptop.host.run("ip -6 rule").stdout.splitlines())


def is_clean(play):
    shown = "".join(rules(play)) + play.laptop.host.run("ip route show table all").stdout + play.laptop.host.run("nft list tables").stdout
    return "proto 153" not in shown and "homeward" not in shown


def kill(play):
    play.client.proc.kill(signal.SIGKILL)
    play.client.proc.wait()


def running(play):
    client = play.client
    check(ping(play.laptop.host, WEB4), "IPv4 goes through the tunnel")
    check(leaves(play, WEB4, WEB6) == [], "registered: neither IPv4 nor IPv6 leaves past it")
    check(leaves(play, WEB4, WEB6, extra=("-I", "wan0")) == [], "nor from a socket that is bound to the uplink")
    check(leaves(play, NEIGHBOUR4) == [], "nor to the local network (local = no)")
    s = client.status()["protection"]
    check(s["closed"] and s["fail_closed"] and not s["local"] and s["filter"] and s["dropped_out"] > 0,
          f"status: closed, {s['dropped_out']} packets dropped on the way out")
    check("routes      everything by the tunnel or not at all" in client.call("status").stdout, "and says so to people")


def killed_and_taken_over(play):
    before = rules(play)
    kill(play)
    check(leaves(play, WEB4, WEB6, LAN_HOST4, NEIGHBOUR4) == [], "killed: nothing leaves")
    check(leaves(play, WEB4, WEB6, extra=("-I", "wan0")) == [], "nor from a socket that is bound to the uplink")
    play.client.up()
    check(rules(play) == before, "the next one takes over; there are no more rules than before")
    check(ping(play.laptop.host, WEB4) and leaves(play, WEB4, WEB6) == [], "and it works as the one before")


def scene(lab):
    play = Play(lab, up=False, client_keys={"routes": "all"})
    dual_stack(play)
    play.laptop.host.sysctl("net.ipv4.conf.all.rp_filter=2")     # as Debian has it
    check(leaves(play, WEB4, WEB6) == [WEB4, WEB6], "without the client both leave by the uplink")
    play.client.up()
    running(play)
    killed_and_taken_over(play)
    killed_and_taken_over(play)
    play.client.down()
    check(is_clean(play) and leaves(play, WEB4, WEB6) == [WEB4, WEB6], "down: no rule, route or table is left, both leave")
    play.client.up()
    kill(play)
    check("was not running" in play.client.call("down").stdout and is_clean(play), "down of a client that was killed opens up, too")
    check(leaves(play, WEB4, WEB6) == [WEB4, WEB6], "both leave")
    play.client.set("local", "yes")
    play.client.up()
    check(leaves(play, NEIGHBOUR4, WEB4, WEB6) == [NEIGHBOUR4], "local = yes: the neighbour is reached directly, others are not")
    check(ping(play.laptop.host, NEIGHBOUR4), "and answers")
    play.client.down()
    play.client.set("local", None)
    play.client.set("fail_closed", "no")
    play.client.up()
    check(leaves(play, WEB4, WEB6) == [], "fail_closed = no: nothing leaves past the tunnel while the client runs")
    kill(play)
    check(leaves(play, WEB4, WEB6) == [WEB4, WEB6], "killed, both leave")
    play.client.up()
    play.client.down()
    check(is_clean(play), "and the next up and down leave nothing behind")


if __name__ == "__main__":
    main(scene)
