# SPDX-License-Identifier: MIT
"""The third act of examples/demo: a hotel that passes nothing but the web, an office that passes nothing but its
proxy, and a cafe where UDP does."""
import json
import time

from fallback import MuxPlay
from netlab import wait_until
from scenekit import DOWNLOAD, LAN_HOST4, Download, Stream, tshark
from servers import squid

PICTURE = """
      lan   192.168.50.20 --+
                            +-- home network 192.168.50.0/24
      home  192.168.50.2 ---+   home server; multiplexer at TCP 443 and 80
        |
        | 203.0.113.2       20 ms each way
        |
    [ the internet ]-----------+-------------------------------+
        |                      |                               |
    [ cafe, NAT ]       [ hotel: drops all but          [ office: drops everything;
                          TCP 80 and 443 ]                a proxy, squid, on its router ]
        |                      |                               |
        + - - - - - - - - - - laptop - - - - - - - - - - - - - +    permanent address {address}
"""
MEGABYTES, RATE_MBIT = 30, 20
PROMISED_MS = 1000 + 3 * 40


class HotelStory:
    def __init__(self, lab, tell):
        self.lab, self.tell = lab, tell

    def build(self):
        self.play = MuxPlay(self.lab, delay_ms=20)
        self.client, self.server, self.laptop = self.play.client, self.play.server, self.play.laptop
        for site in ("cafe", "hotel", "office"):
            self.play.world.site(site)
        squid(self.play.router("office"))
        self.capture = self.play.router("hotel").capture("lan", "")

    def check_in(self):
        self.play.go("hotel")
        began = time.monotonic()
        self.client.up()
        took = 1000 * (time.monotonic() - began)
        p, b = self.play.path(), self.server.binding()
        self.tell.say(f"laptop: homeward up alice.hw: registered by {p['kind']} ({p['method']}) at {p['remote']}, {took:.0f} ms after its start")
        self.tell.say(f"home: alice is at {b['care_of']}, via {b['via']}")
        self.tell.fact("home thinks that it is via", b["via"], "mux", b["via"] == "mux")
        self.tell.fact("path out of the hotel", p["kind"], "https", p["kind"] == "https")

    def connect_from_home(self, port):
        address = self.client.address
        serve = self.laptop.host.spawn([DOWNLOAD, "serve", address, str(port)], log=f"laptop-service-{port}")
        serve.wait_text("ready")
        done = self.play.lan.run([DOWNLOAD, "get", address, str(port), "1000000"], check=False)
        octets = json.loads(done.stdout)["bytes"] if done.returncode == 0 else 0
        self.tell.say(f"lan: opened a TCP connection to {address} (the laptop), {octets} octets came back")
        self.tell.fact("home reaches the laptop", f"{octets} octets", "1000000 octets", octets == 1000000)
        serve.stop()

    def travel(self):
        """A download runs while the laptop goes to the cafe, to the office, and back to the hotel."""
        self.download = Download(self.lab, self.play.lan, LAN_HOST4, self.laptop.host, MEGABYTES * 1_000_000, RATE_MBIT)
        self.download.progress(2_000_000)
        self.move("cafe", "direct")
        self.move("office", "https")
        p = self.play.path()
        self.tell.say(f"laptop: it found the proxy by itself: {p['proxy']}")
        self.tell.fact("proxy of the office, found by itself", p["proxy"], "the gateway's", bool(p["proxy"]))
        self.move("hotel", "https")

    def move(self, site, kind):
        stream = Stream(self.lab, self.laptop.host, self.play.lan, LAN_HOST4, 7001, name=f"to-{site}")
        stream.flow(200)
        self.laptop.prepare_move("wan0", site).go()
        self.play.wait_kind(kind)
        stream.flow(300)
        gap = stream.stop()["longest_gap_ms"]
        self.download.progress(1_000_000)
        self.tell.say(f"laptop: moved to the {site} in the middle of a download: by {kind}, longest gap {gap:.0f} ms")
        self.tell.figure(f"longest gap of the move to the {site}", f"{gap:.0f} ms", f"at most {PROMISED_MS} ms", gap <= PROMISED_MS)

    def open_door(self):
        """The hotel lets UDP out: the laptop goes back to UDP, and nothing is lost."""
        router = self.play.router("hotel")
        stream = Stream(self.lab, self.laptop.host, self.play.lan, LAN_HOST4, 7001, name="return")
        stream.flow(200)
        router.nft("add element ip gate udp_ports { 434, 4500 }\n")
        self.play.wait_kind("direct")
        stream.flow(500)
        figures = stream.stop()
        self.tell.say(f"hotel: lets UDP out: the laptop goes directly, {figures['lost']} of {figures['sent']} packets lost")
        self.tell.fact("packets lost on going back to UDP", figures["lost"], 0, figures["lost"] == 0)

    def end_download(self):
        result = self.download.finish(quiet=True)
        self.tell.say(f"download: {result['bytes']} octets, SHA-256 is right, one connection all the time")
        self.tell.fact("download complete, SHA-256 right", f"{result['bytes']} octets", f"{MEGABYTES}000000 octets", True)

    def what_was_seen(self):
        self.capture.stop()
        flows = tshark(self.capture.pcap, "-Y", "tcp.flags.syn == 1 and tcp.flags.ack == 0", "-T", "fields", "-e", "tcp.dstport").split()
        with open(self.capture.pcap, "rb") as f:
            everything = f.read()
        named = b"alice" in everything or bytes.fromhex(self.client.get("key")) in everything
        self.tell.say(f"hotel: saw {len(everything) / 1e6:.0f} MB, connections to TCP {', '.join(sorted(set(flows)))}")
        self.tell.fact("a name or KEY0 in it", "yes" if named else "no", "no", not named)

    def leave(self):
        self.client.down()
        wait_until(lambda: not self.server.status()["bindings"], "the binding to go")
        self.tell.say("laptop: homeward down: deregistered")


def tell_story(lab, tell, keep):
    story = HotelStory(lab, tell)
    story.build()
    print("Homeward: where only the web works, it works, and goes back to UDP by itself when it can")
    print(PICTURE.format(address=story.client.address))
    tell.chapter("The laptop registers from a hotel that drops UDP")
    story.check_in()
    story.connect_from_home(2201)
    tell.chapter("It goes to a cafe, to an office behind a proxy, and back to the hotel, in the middle of a download")
    story.travel()
    story.connect_from_home(2202)
    tell.chapter("The hotel lets UDP out")
    story.open_door()
    story.end_download()
    tell.chapter("What the hotel could see")
    story.what_was_seen()
    if not keep:
        story.leave()
    return story
