# SPDX-License-Identifier: MIT
"""The second act of examples/demo: home behind a firewall that stays shut, and a relay in its DMZ."""
import json

from dmz import RELAY_DMZ4, RelayPlay
from netlab import wait_until
from scenekit import DOWNLOAD, LAN_HOST4, Download, TwoWay, tshark
from topology import HOME_LAN4

PICTURE = """
      lan   192.168.50.20 --+
                            +-- home network 192.168.50.0/24
      home  192.168.50.2 ---+
                            |
                       [ firewall ] ---- DMZ ---- relay 192.168.60.10
          passes inwards:   |                     and, from outside, 203.0.113.10
          protocol 4 from   |  20 ms each way
          the relay         |
                     [ the internet ]------------------+
                            |                          |
                      [ cafe, NAT ]              [ airport, NAT ]
                            |                          |
                          laptop - - moves to - - -> here     permanent address {address}
"""
MEGABYTES = 40


class RelayStory:
    def __init__(self, lab, tell):
        self.lab, self.tell = lab, tell

    def build(self):
        self.play = RelayPlay(self.lab, delay_ms=20, up=False)
        self.world, self.client, self.server = self.play.world, self.play.client, self.play.server
        self.world.site("airport")
        self.capture = self.world.fw.capture("dmz", f"host {RELAY_DMZ4} and host {HOME_LAN4}")

    def register(self):
        self.tell.say("home: homeward-server add-relay dmz1 wrote the relay's configuration; both run")
        s = self.play.relay.status()
        self.tell.say(f"relay: linked to home, {s['admitted']} client may register; the relay has no name of it")
        self.client.up()
        s, b = self.client.status(), self.server.binding()
        self.tell.say(f"laptop: homeward up alice.hw: registered by {s['path']['kind']} {s['path']['agent']} at {s['path']['remote']}")
        self.tell.say(f"home: alice is at {b['care_of']}, via {b['via']}")
        self.tell.fact("path to home", s["path"]["kind"], "relay", s["path"]["kind"] == "relay")

    def connect_from_home(self, port):
        address = self.client.address
        serve = self.play.laptop.host.spawn([DOWNLOAD, "serve", address, str(port)], log=f"laptop-service-{port}")
        serve.wait_text("ready")
        done = self.play.lan.run([DOWNLOAD, "get", address, str(port), "1000000"], check=False)
        octets = json.loads(done.stdout)["bytes"] if done.returncode == 0 else 0
        self.tell.say(f"lan: opened a TCP connection to {address} (the laptop), {octets} octets came back")
        self.tell.fact("home reaches the laptop", f"{octets} octets", "1000000 octets", octets == 1000000)
        serve.stop()

    def trouble(self):
        """A download runs while the laptop moves and the relay is killed."""
        self.download = Download(self.lab, self.play.lan, LAN_HOST4, self.play.laptop.host, MEGABYTES * 1_000_000, 50)
        self.download.progress(3_000_000)
        streams = TwoWay(self.play, name="move")
        self.play.laptop.prepare_move("wan0", "airport").go()
        self.client.wait_path(self.play.laptop.address())
        streams.flow(300)
        up, down = streams.stop()
        self.tell.say(f"laptop: moved to the airport in the middle of a download: longest gap {up['longest_gap_ms']:.0f} ms up, "
                      f"{down['longest_gap_ms']:.0f} ms down")
        self.tell.figure("longest gap of a move by the relay", f"{max(up['longest_gap_ms'], down['longest_gap_ms']):.0f} ms",
                         "under 200 ms", max(up["longest_gap_ms"], down["longest_gap_ms"]) < 200)
        streams = TwoWay(self.play, name="restart")
        self.play.relay.kill()
        self.play.relay.start(ready=False)
        streams.flow(300)
        up, down = streams.stop()
        self.tell.say(f"relay: killed and started again: longest gap {max(up['longest_gap_ms'], down['longest_gap_ms']):.0f} ms")
        self.tell.figure("longest gap of a restart of the relay", f"{max(up['longest_gap_ms'], down['longest_gap_ms']):.0f} ms",
                         "under 1000 ms", max(up["longest_gap_ms"], down["longest_gap_ms"]) < 1000)

    def open_and_shut(self):
        self.world.direct(True)
        self.play.wait_kind("direct")
        self.tell.say("firewall: opened for UDP to the home server: the laptop goes directly")
        self.world.direct(False)
        self.play.wait_kind("relay")
        self.tell.say("firewall: shut again: the laptop is back at the relay")
        result = self.download.finish(quiet=True)
        self.tell.say(f"download: {result['bytes']} octets, SHA-256 is right, one connection all the time")
        self.tell.fact("download complete, SHA-256 right", f"{result['bytes']} octets", f"{MEGABYTES}000000 octets", True)

    def what_was_seen(self):
        self.capture.stop()
        kinds = {line.split(",")[0] for line in tshark(self.capture.pcap, "-T", "fields", "-e", "ip.proto").split()} - {"1"}
        with open(self.capture.pcap, "rb") as f:
            everything = f.read()
        self.tell.say(f"firewall: {len(everything) / 1e6:.0f} MB between relay and home, of IP protocol {', '.join(sorted(kinds))}")
        self.tell.fact("protocols between relay and home", ", ".join(sorted(kinds)), "4", kinds == {"4"})
        named = b"alice" in everything or bytes.fromhex(self.client.get("key")) in everything
        self.tell.fact("a name or KEY0 in it", "yes" if named else "no", "no", not named)
        self.tell.fact("packets for home that the firewall dropped", self.world.dropped(), 0, self.world.dropped() == 0)

    def leave(self):
        self.client.down()
        wait_until(lambda: not self.server.status()["bindings"] and not self.play.relay.status()["visitors"],
                   "binding and entry to go")
        self.tell.say("laptop: homeward down: deregistered at home and at the relay")

def tell_story(lab, tell, keep):
    story = RelayStory(lab, tell)
    story.build()
    print("Homeward: home's firewall stays shut, and a relay that reads nothing stands before it")
    print(PICTURE.format(address=story.client.address))
    tell.chapter("The laptop registers by the relay")
    story.register()
    story.connect_from_home(2201)
    tell.chapter("It moves, and the relay dies and comes back, in the middle of a download")
    story.trouble()
    tell.chapter("The firewall opens for a while")
    story.open_and_shut()
    story.connect_from_home(2202)
    tell.chapter("What passed the firewall")
    story.what_was_seen()
    if not keep:
        story.leave()
    return story
