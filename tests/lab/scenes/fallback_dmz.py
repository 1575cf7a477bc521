#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The multiplexer in the DMZ hands everything to the relay beside it: the web from outside, protocol 4 inwards.

    lan, home -- [fw] -- [inet] -- [hotel NAT] -- laptop
                  |             -- [cafe NAT] ...... moves here and back
                 DMZ -- relay and mux 203.0.113.10
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import DmzMuxPlay, journey
from scenekit import check, main


def scene(lab):
    play = DmzMuxPlay(lab)
    inwards = play.world.fw.capture("lan", "dst host 192.168.50.2 and not arp and not icmp and not tcp")
    journey(play, "hotel", "https", method="connect-udp", better="relay")
    check(play.path()["agent"] == "dmz1", "the agent is the relay")
    via = play.server.binding()["via"]
    check(via == "relay dmz1", f"home: via {via}")
    inwards.stop()
    other = play.world.fw.run(["tcpdump", "-nr", inwards.pcap, "not ip proto 4"]).stdout
    check(other == "" and play.world.fw.nft_counter("ipip_in") > 100, "from the DMZ to home: protocol 4 and nothing else")
    check(play.world.dropped() == 0, "the firewall dropped nothing that was meant for home")


if __name__ == "__main__":
    main(scene)
