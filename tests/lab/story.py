#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The story examples/demo tells: a laptop keeps its home address while it moves.

    story.py [relay | hotel] [--keep | --stop]

relay   the second act: home behind a firewall, a relay in its DMZ
hotel   the third act: networks where only the web works, or only a proxy
--keep  leave the lab up in the end and print how to enter its hosts
--stop  take down labs that were left up
"""
import json
import socket
import sys
import time

import story_hotel
import story_relay
from netlab import Interrupted, Lab, LabError, sweep, wait_until
from pcap import packets
from product import Client, Server
from scenekit import DOWNLOAD, Download, TwoWay
from topology import LAN_HOST4, World

PICTURE = """
      lan  192.168.50.20 --+
                           +-- home network 192.168.50.0/24
      home 192.168.50.2 ---+
        |
        | 203.0.113.2      20 ms each way
        |
    [ the internet ]-------------------+
        |                              |
    [ cafe, NAT ]                 [ airport, NAT ]
      10.1.0.0/24                   10.5.0.0/24
        |                              |
      laptop  - - - moves to - - - >  here         permanent address {address}
"""
DOWNLOAD_OCTETS, DOWNLOAD_MBIT = 100_000_000, 100
RTT_MS = 40
PLAIN, BOLD, DIM, GREEN, RED = "\033[0m", "\033[1m", "\033[2m", "\033[32m", "\033[31m"


def colour(code, text):
    return f"{code}{text}{PLAIN}" if sys.stdout.isatty() else text


class Teller:
    """Prints what happens, when, and keeps the facts of the summary."""

    def __init__(self):
        self.start = time.monotonic()
        self.facts, self.good = [], True

    def say(self, text):
        print(f"{colour(DIM, f'{time.monotonic() - self.start:6.2f} s')}  {text}", flush=True)

    def chapter(self, text):
        print(f"\n{colour(BOLD, text)}", flush=True)

    def fact(self, what, value, wanted, ok):
        """One row of the summary; what is not so fails the demo."""
        self.facts.append((what, value, wanted, ok))
        self.good = self.good and ok

    def figure(self, what, value, wanted, ok):
        """A row that fails nothing: a busy machine is slow."""
        self.facts.append((what, value, wanted, ok))

    def summary(self):
        """Print the table; True when every fact is so."""
        self.chapter("Summary")
        rows = [("", "seen", "wanted", True)] + self.facts
        widths = [max(len(str(r[i])) for r in rows) for i in range(3)]
        for n, (*cells, ok) in enumerate(rows):
            line = "  ".join(str(c).ljust(w) for c, w in zip(cells, widths))
            mark = "" if n == 0 else colour(GREEN, "yes") if ok else colour(RED, "NO")
            print(f"  {line}  {mark}")
            if n == 0:
                print("  " + "-" * (sum(widths) + 9))
        return self.good


class Story:
    def __init__(self, lab, tell):
        self.lab, self.tell = lab, tell

    def build(self):
        self.world = World(self.lab, delay_ms=20)
        self.lan = self.world.lan
        self.laptop = self.world.laptop()
        for site in ("cafe", "airport"):
            self.world.site(site)
        self.laptop.plug("wan0", "cafe")
        self.server = Server(self.lab, self.world.home).init()
        self.client = Client(self.lab, self.laptop, self.server.add("alice"))
        self.capture = self.world.inet.capture("home", "ip")

    def register(self):
        self.server.start()
        self.tell.say("home: homeward-server runs on 203.0.113.2, UDP 434 and 4500")
        start = time.monotonic()
        self.client.up()
        took = (time.monotonic() - start) * 1000
        s = self.client.status()
        self.tell.say(f"laptop: homeward up alice.hw: registered from {s['path']['local']} in {took:.0f} ms, "
                      f"{s['sa']['cipher']}")
        b = self.server.binding()
        self.tell.say(f"home: alice is at {b['care_of']}{' behind NAT' if b['nat'] else ''}; "
                      f"{b['home_address']} is answered for on the home network")
        self.tell.figure("registered, program start included", f"{took:.0f} ms", "under 2000 ms", took < 2000)

    def connect_from_home(self, port):
        """A host at home opens a TCP connection to the permanent address."""
        address = self.client.address
        serve = self.laptop.host.spawn([DOWNLOAD, "serve", address, str(port)], log=f"laptop-service-{port}")
        serve.wait_text("ready")
        done = self.lan.run([DOWNLOAD, "get", address, str(port), "1000000"], check=False)
        ok = done.returncode == 0
        octets = json.loads(done.stdout)["bytes"] if ok else 0
        where = self.client.status()["path"]["local"]
        self.tell.say(f"lan: opened a TCP connection to {address} port {port} (the laptop, now at {where}), "
                      f"{octets} octets came back")
        self.tell.fact(f"home reaches the laptop at {where.split(':')[0]}", f"{octets} octets", "1000000 octets", octets == 1000000)
        serve.stop()

    def round_trip(self):
        done = self.lan.run(["ping", "-c", "5", "-i", "0.05", "-q", self.client.address])
        rtt = float(done.stdout.rsplit("=", 1)[1].split("/")[1])
        self.tell.say(f"lan: ping {self.client.address}: {rtt:.1f} ms, the path itself has {RTT_MS}")

    def move(self):
        """Download and streams run; the laptop is unplugged here and plugged in there."""
        self.download = Download(self.lab, self.lan, LAN_HOST4, self.laptop.host, DOWNLOAD_OCTETS, DOWNLOAD_MBIT)
        self.download.progress(10_000_000)
        self.tell.say(f"laptop: a download of {DOWNLOAD_OCTETS // 1_000_000} MB from {LAN_HOST4} runs at {DOWNLOAD_MBIT} Mbit/s")
        streams = TwoWay(self)
        self.tell.say("and a stream of numbered packets each way, 1 ms apart")
        change = self.laptop.prepare_move("wan0", "airport")
        before = self.download.got()
        change.go()
        self.tell.say(colour(BOLD, f"laptop: unplugged at the cafe, plugged in at the airport, now {self.laptop.address()}"))
        streams.flow(300)
        self.client.wait_path(self.laptop.address())
        s = self.client.status()
        self.tell.say(f"laptop: {s['state']} from {s['path']['local']}, {s['handovers']} handover, "
                      f"{s['last_handover_ms']:.1f} ms; still {s['home_address']}")
        streams.flow(700)
        up, down = streams.stop()
        self.tell.say(f"stream from the laptop: longest gap {up['longest_gap_ms']:.1f} ms, {up['lost']} of {up['sent']} lost")
        self.tell.say(f"stream to the laptop:   longest gap {down['longest_gap_ms']:.1f} ms, {down['lost']} of {down['sent']} lost "
                      f"(what was on its way to the cafe)")
        self.tell.say(f"download: {before / 1e6:.1f} MB before the move, {self.download.got() / 1e6:.1f} MB now, the same connection")
        self.tell.fact("address kept", s["home_address"], self.client.address, s["home_address"] == self.client.address)
        self.tell.figure("gap of a 1 ms stream, laptop to home", f"{up['longest_gap_ms']:.1f} ms", "under 100 ms", up["longest_gap_ms"] < 100)
        self.tell.figure("gap of a 1 ms stream, home to laptop", f"{down['longest_gap_ms']:.1f} ms", "under 140 ms", down["longest_gap_ms"] < 140)

    def overlap(self):
        """Back to the cafe by a second uplink, while the first still works."""
        streams = TwoWay(self, name="overlap")
        self.laptop.plug("wan1", "cafe", metric=50)
        self.tell.say(f"laptop: a second, better uplink appears: {self.laptop.address('wan1')} at the cafe")
        self.client.wait_path(self.laptop.address("wan1"))
        streams.flow(200)
        self.laptop.move("wan0", None)
        self.tell.say(colour(BOLD, "laptop: it is used now; the airport's uplink is pulled out"))
        streams.flow(300)
        up, down = streams.stop()
        lost, doubled = up["lost"] + down["lost"], up["duplicated"] + down["duplicated"]
        self.tell.say(f"both streams: {lost} lost, {doubled} duplicated, longest gap "
                      f"{max(up['longest_gap_ms'], down['longest_gap_ms']):.1f} ms")
        self.tell.fact("packets lost in a move with overlap", lost, 0, lost == 0)
        self.tell.fact("packets duplicated", doubled, 0, doubled == 0)

    def end_download(self):
        self.tell.say("download: waiting for its end")
        try:
            result = self.download.finish(quiet=True)
        except LabError as e:
            self.tell.fact("download complete, SHA-256 right", str(e).splitlines()[0], "yes", False)
            return
        self.tell.say(f"download: {result['bytes']} octets, SHA-256 {result['sha256'][:32]}... is right; "
                      f"longest gap {result['longest_gap_ms']:.0f} ms in {result['seconds']:.1f} s")
        self.tell.fact("download complete, SHA-256 right", f"{result['bytes']} octets", f"{DOWNLOAD_OCTETS} octets", True)
        self.tell.figure("longest gap of the download", f"{result['longest_gap_ms']:.0f} ms", "under 1000 ms", result["longest_gap_ms"] < 1000)

    def what_was_seen(self):
        """Somebody in the internet recorded every packet."""
        self.capture.stop()
        seen = [p.payload for p in packets(self.capture.pcap)]
        everything = b"".join(seen)
        messages = b"".join(p for p in seen if p[:1] < b"\x20")     # all but ESP, where four octets occur by chance
        others = self.world.inet.run(["tcpdump", "-nr", self.capture.pcap, "-c", "1", "not udp"]).stdout.strip()
        named = b"alice@example.net" in everything or socket.inet_aton(self.client.address) in messages
        self.tell.say(f"internet: recorded {len(everything) / 1e6:.0f} MB of UDP and {'more' if others else 'nothing else'}; "
                      f"{'a name or the home address' if named else 'no name, no home address'} in it")
        self.tell.fact("identity or home address seen on the way", "yes" if named else "no", "no", not named)
        self.tell.fact("anything but the carrier's UDP on the way", "yes" if others else "no", "no", not others)

    def leave(self):
        self.client.down()
        wait_until(lambda: not self.server.status()["bindings"], "the binding to go")
        self.tell.say("laptop: homeward down: deregistered, routes are as they were")


def tell_story(lab, tell, keep):
    story = Story(lab, tell)
    story.build()
    print(colour(BOLD, "Homeward: a laptop keeps its home address, its connections and its reachability while it moves"))
    print(PICTURE.format(address=story.client.address))
    tell.say(f"the lab is up: {len(lab.hosts)} network namespaces")
    tell.chapter("The laptop registers from the cafe")
    story.register()
    story.round_trip()
    story.connect_from_home(2201)
    tell.chapter("It moves to the airport in the middle of a download; the two networks do not overlap")
    story.move()
    story.connect_from_home(2202)
    tell.chapter("It moves back, this time with both uplinks up for a moment")
    story.overlap()
    story.connect_from_home(2203)
    story.end_download()
    tell.chapter("What the networks between could see")
    story.what_was_seen()
    if not keep:
        story.leave()
    return story


def how_to_enter(story):
    print("\nThe lab stays up. Enter a host:")
    for name, host in story.lab.hosts.items():
        if "-" not in name and name != "panel":
            print(f"  {name:8} ip netns exec {host.ns} bash")
    print("Then, for instance:")
    print(f"  laptop   {' '.join(story.client.cmd('status', '--watch'))}")
    print(f"  home     {' '.join(story.server.cmd('status'))}")
    print(f"  logs     {story.lab.tmp}")
    print("Take it down with: examples/demo --stop")


def act(argv):
    if "relay" in argv:
        return story_relay.tell_story
    return story_hotel.tell_story if "hotel" in argv else tell_story


def main(argv):
    keep = "--keep" in argv
    unknown = [a for a in argv[1:] if a not in ("relay", "hotel", "--keep", "--stop")]
    if unknown:
        print(__doc__, file=sys.stderr)
        return 2
    if "--stop" in argv:
        sweep(kept=True)
        return 0
    tell = Teller()
    try:
        with Lab("demo") as lab:
            story = act(argv)(lab, tell, keep)
            good = tell.summary()
            tell.chapter(f"{'All of it is so' if good else 'NOT all of it is so'}, in {time.monotonic() - tell.start:.0f} s")
            lab.keep = keep
            if keep:
                how_to_enter(story)
    except Interrupted as e:
        print(f"\n{e}")
        return 1
    except LabError as e:
        print(f"\n{colour(RED, 'The story ended early')}: {e}", file=sys.stderr)
        return 1
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
