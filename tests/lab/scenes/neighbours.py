#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A neighbour in a visited network does not find the permanent addresses (ARP, neighbour discovery), and what it
forges to them is not delivered; at home they are found.

    lan .20, home .2 -- 203.0.113.2 -- [inet] -- [cafe] 10.1.0.0/24 --+-- laptop .11
                                                                      +-- mallory .66
"""
import json
import signal
import subprocess
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import wait_until
from scenekit import LAN_HOST4, LAN_HOST6, Play, check, main, ping

PORT = 7777
LISTEN = """
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], int(sys.argv[2])))
print("ready", flush=True)
while True:
    print(s.recv(2048).decode(), flush=True)
"""
SEND = """
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 0))
for _ in range(3):
    s.sendto(sys.argv[4].encode(), (sys.argv[2], int(sys.argv[3])))
"""


class Mallory:
    """A host on the visited link; has the LAN host's addresses as sources."""

    def __init__(self, play):
        self.play, self.host = play, play.lab.host("mallory")
        play.world.panel.plug(self.host, "eth0", "cafe", ["10.1.0.66/24", "2001:db8:52::66/64"])
        self.host.ip(f"addr add {LAN_HOST4}/32 dev lo", f"addr add {LAN_HOST6}/128 dev lo nodad")

    def finds(self, address):
        """Whether it learns a layer-2 address for it on the link."""
        self.host.run(["ip", "neigh", "del", address, "dev", "eth0"], check=False)
        self.host.ip(f"route replace {address} dev eth0")
        self.host.run(["ping", "-c", "2", "-i", "0.05", "-W", "0.5", address], check=False)
        shown = self.host.run(["ip", "neigh", "show", address]).stdout
        return "lladdr" in shown

    def injects(self, address, text):
        """Forges datagrams from the LAN host, straight to the laptop's layer-2 address."""
        source = LAN_HOST6 if ":" in address else LAN_HOST4
        mac = self.play.laptop.host.mac("wan0")
        self.host.ip(f"route replace {address} dev eth0", f"neigh replace {address} lladdr {mac} dev eth0")
        self.host.run(["/usr/bin/python3", "-c", SEND, source, address, str(PORT), text])


def listen(host, address):
    proc = host.spawn(["/usr/bin/python3", "-c", LISTEN, address, str(PORT)], log="listener")
    proc.wait_text("ready")
    return proc


def attacked(play, mallory, address):
    """Attack one address; what was sent by the tunnel after the forged datagrams arrives, they don't."""
    source = LAN_HOST6 if ":" in address else LAN_HOST4
    check(not mallory.finds(address), f"nobody on the visited link answers for {address}")
    service = listen(play.laptop.host, address)
    mallory.injects(address, "forged")
    play.lan.run(["/usr/bin/python3", "-c", SEND, source, address, str(PORT), "true"])
    service.wait_text("true")
    check("forged" not in service.text(), "forged datagrams from the link are not delivered, the LAN host's are")
    service.stop()


def tables(play):
    return [line.split()[-1] for line in play.laptop.host.run("nft list tables").stdout.splitlines()]


def away(play, mallory):
    addresses = [play.client.status()["home_address"], play.client.status()["home_address6"]]
    for address in addresses:
        attacked(play, mallory, address)
    s = play.client.status()["protection"]
    check(s["filter"] and s["dropped_in"] > 0 and s["trouble"] is None, f"status: {s['dropped_in']} packets dropped")
    check("kept out by nftables" in play.client.call("status").stdout, "and says so to people")
    return addresses


def restarted(play, mallory):
    play.client.proc.kill(signal.SIGKILL)
    play.client.proc.wait()
    check(sorted(tables(play)) == ["homeward-153"] * 2, "killed, its two tables stay")
    play.client.up()
    check(sorted(tables(play)) == ["homeward-153"] * 2, "the next one takes them over")
    attacked(play, mallory, play.client.address)
    play.laptop.host.run("nft flush ruleset")
    play.client.proc.wait_text("somebody removed the nftables tables")
    attacked(play, mallory, play.client.address)
    play.client.down()
    check(tables(play) == [], "down removes them")


def unavailable(play):
    """Somebody else's table of that name: our transaction is refused."""
    other = play.laptop.host.spawn(["nft", "-i"], log="nft", stdin=subprocess.PIPE)
    other.write_line("add table inet homeward-153 { flags owner; }")
    wait_until(lambda: tables(play), "the other's table")
    play.client.up()
    s = play.client.status()["protection"]
    check(not s["filter"] and s["trouble"], f"without nftables: {s['trouble']}")
    check("neighbours  not kept out" in play.client.call("status").stdout, "status says so to people")
    check(ping(play.lan, play.client.address), "and the tunnel works")
    play.laptop.move("wan0", "airport")
    play.client.wait_path(play.laptop.address())
    said = [line for line in play.client.proc.text().splitlines() if "neighbours on a visited link" in line]
    check(len(said) == 1, f"log, once: {said[0]}")
    play.client.down()
    other.stop()


def scene(lab):
    play = Play(lab, up=False, server_keys={"network": "192.168.50.0/24, 2001:db8:50::/64"})
    play.server.proc.stop()
    play.server.start()
    play.client.profile = play.server.add("anna")
    mallory = Mallory(play)
    play.client.up()
    address, _ = away(play, mallory)
    play.laptop.move("wan0", "home")
    play.client.wait_state("home")
    wait_until(lambda: not play.server.status()["bindings"], "the binding to go")
    mac = play.laptop.host.mac("wan0")
    check(ping(play.lan, address), "at home the LAN host reaches the permanent address")
    found = json.loads(play.lan.run(["ip", "-j", "neigh", "show", address]).stdout)
    check(found and found[0].get("lladdr") == mac, "and the laptop itself answers for it")
    play.laptop.move("wan0", "cafe")
    play.client.wait_state("registered")
    attacked(play, mallory, address)
    restarted(play, mallory)
    unavailable(play)


if __name__ == "__main__":
    main(scene)
