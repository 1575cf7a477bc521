#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A foreign network that looks like home (prefix, gateway and a server's address) fools nobody.

    lan .20 (true), home .2 -- 203.0.113.2 -- [inet] -- [copycat NAT] 192.168.50.0/24 -- laptop .61
                                                 its router is 192.168.50.2 and 192.168.50.20, and
                                                 answers on UDP 434 and 4500 with accepted replies
"""
import json
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from scenekit import DOWNLOAD, LAN_HOST4, Download, Play, check, main, ping

LIAR = """
import select, socket
socks = []
for port in (434, 4500):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("192.168.50.2", port))
    socks.append(s)
print("ready", flush=True)
while True:
    for s in select.select(socks, [], [])[0]:
        data, peer = s.recvfrom(65536)
        if data[:1] == b"\\x01" and len(data) >= 24:
            s.sendto(b"\\x03\\x00\\x02\\x58" + data[4:8] + bytes([192, 168, 50, 2]) + data[16:24], peer)
"""


def scene(lab):
    play = Play(lab)
    play.world.site("copycat")
    router = play.world.routers["copycat"]
    router.ip(f"addr add {LAN_HOST4}/32 dev lan")
    router.spawn(["/usr/bin/python3", "-c", LIAR], log="liar").wait_text("ready")
    router.spawn([DOWNLOAD, "serve", LAN_HOST4, "8080"], log="false-lan").wait_text("ready")
    download = Download(lab, play.lan, LAN_HOST4, play.laptop.host, 20_000_000, rate_mbit=20)
    download.progress()
    play.laptop.move("wan0", "copycat")
    play.client.wait_path(play.laptop.address())
    check(play.client.state() == "registered", "in the look-alike network the client is registered, not home")
    check(play.server.binding()["care_of"].startswith("203.0.113.26"), "its binding is the look-alike's public address")
    check(ping(play.lan, play.client.address), "the true LAN host reaches it")
    done = play.laptop.host.run([DOWNLOAD, "get", LAN_HOST4, "8080", "1000"])
    check(json.loads(done.stdout)["bytes"] == 1000, "a new connection to 192.168.50.20 is answered")
    counted = play.laptop.host.run(["ip", "route", "get", LAN_HOST4]).stdout
    check("hw0" in counted, f"by the true one, through the tunnel: {counted.split(chr(10))[0].strip()}")
    download.finish()
    play.client.wait_state("registered")
    check(play.client.state() == "registered", "still registered in the end")


if __name__ == "__main__":
    main(scene)
