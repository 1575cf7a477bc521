#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Through registration, traffic, moves, new keys, a restart of the relay and one of home: between relay and home
there is protocol 4 and nothing else, and in it no identity.

    lan, home -- [fw, counts what it drops] -- [inet] -- cafe, airport -- laptop
                  |  captured here
                 DMZ -- relay
"""
import socket
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dmz import RELAY_DMZ4, RelayPlay
from netlab import wait_until
from scenekit import LAN_HOST4, Download, TwoWay, check, main, tshark
from topology import HOME_LAN4


def through_everything(play):
    streams = TwoWay(play)
    play.laptop.move("wan0", "airport")
    play.client.wait_path(play.laptop.address())
    streams.flow(300)
    first = play.client.status()["sa"]["spi_out"]
    play.relay.kill()
    play.relay.start()
    streams.flow(300)
    play.server.kill()
    play.server.start()
    streams.flow(300)
    wait_until(lambda: play.client.status()["sa"]["spi_out"] != first, "new keys")
    streams.flow(300)
    play.laptop.move("wan0", "cafe")
    play.client.wait_path(play.laptop.address())
    streams.flow(300)
    streams.stop()
    Download(play.lab, play.lan, LAN_HOST4, play.laptop.host, 5_000_000).finish()


def only_protocol_4(pcap):
    both = f"ip.addr == {RELAY_DMZ4} && ip.addr == {HOME_LAN4}"
    kinds = {line.split(",")[0] for line in tshark(pcap, "-Y", both, "-T", "fields", "-e", "ip.proto").split()}
    check(kinds - {"1"} == {"4"}, "tshark: all that relay and home exchange is of IP protocol 4 "
          "(and ICMP errors while one was dead, which the firewall drops)")
    others = tshark(pcap, "-Y", f"ip.addr == {HOME_LAN4} && !(ip.addr == {RELAY_DMZ4})").splitlines()
    check(not others, "and home exchanges packets with nobody else beyond the firewall")
    inner = tshark(pcap, "-d", "udp.port==4500,mip", "-Y", f"mip && !icmp && {both}", "-T", "fields", "-e", "ip.proto", "-e", "mip.type").split("\n")
    kinds = [line.split("\t") for line in inner if line]
    asked, answered = (sum(1 for k in kinds if k[1] == t) for t in ("1", "3"))
    check(asked >= 4 and answered >= 4 and all(k[0] == "4,17" for k in kinds),
          f"tshark reads {asked} requests and {answered} replies as IP in IP, UDP, Mobile IP")


def no_identity(play, pcap):
    with open(pcap, "rb") as f:
        everything = f.read()
    for what, octets in {"the user's name": b"alice", "the realm": b"example.net",
                         "KEY0": bytes.fromhex(play.client.get("key")),
                         "the home address as text": play.client.address.encode()}.items():
        check(octets not in everything, f"{what} is in none of them")
    messages = b"".join(bytes.fromhex(line.replace(":", "")) for line in
                        tshark(pcap, "-d", "udp.port==4500,mip", "-Y", "mip", "-T", "fields", "-e", "udp.payload").split() if line)
    check(len(messages) > 500 and socket.inet_aton(play.client.address) not in messages,
          "the home address in octets is in no registration")


def scene(lab):
    play = RelayPlay(lab, server_keys={"sa_lifetime": "12", "lifetime": "12", "lifetime_min": "5"})
    capture = play.world.fw.capture("dmz", "ip")
    play.client.call("roam")
    through_everything(play)
    capture.stop()
    check(play.world.dropped() == 0, "the firewall dropped nothing on its way to the home network")
    ins, outs = (play.world.fw.nft_counter(n) for n in ("ipip_in", "ipip_out"))
    check(ins > 1000 and outs > 1000, f"protocol 4: {ins} packets in, {outs} out")
    only_protocol_4(capture.pcap)
    no_identity(play, capture.pcap)


if __name__ == "__main__":
    main(scene)
