#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A client's certificate says who it is: nobody sees it but the multiplexer, verified, under TLS 1.3.

    lan, home and mux -- [inet] -- [hotel NAT: TCP 443 to HAProxy, which asks for a certificate] -- laptop

HAProxy is an inspector under its own authority that the client tolerates (tls = carrier), then the multiplexer's own web
server; each by TLS 1.2 and by 1.3.
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, arrive
from netlab import wait_until
from pki import Authority
from scenekit import HOME4, check, main, tshark
from servers import divert, haproxy_asking, who

WHO = "alice.example.net"


def visible(capture):
    """Subjects of certificates that anybody on the way can read."""
    return set(tshark(capture.pcap, "-Y", "tls.handshake.certificate", "-T", "fields", "-e", "x509sat.uTF8String").split())


class Visit:
    """The client comes, asked for its certificate by HAProxy; what HAProxy and the network saw."""

    def __init__(self, play, identity, ca, version, port):
        router = play.router("hotel")
        self.proc = haproxy_asking(router, identity, f"{HOME4}:443", port, ca, version)
        divert(router, {443: port})
        capture = play.laptop.host.capture("wan0", "tcp port 443")
        arrive(play, "hotel", "https", method="connect-udp")
        wait_until(lambda: who(self.proc), "HAProxy to log whom it saw")
        play.client.down()
        capture.stop()
        self.proc.stop()
        router.nft("delete table ip divert\n")
        self.seen, self.lines = who(self.proc), visible(capture)

    def shows(self, what, to_server):
        version, subject = self.seen[-1]
        check(not any(WHO in line for line in self.lines), f"{what}, {version}: the network sees {sorted(self.lines) or 'no certificate'}")
        check((WHO in subject) == to_server, f"{what}, {version}: the server sees {subject or 'no certificate'}")


def scene(lab):
    people, inspector = Authority(lab, "people"), Authority(lab, "inspector")
    ours = people.issue(WHO)
    play = MuxPlay(lab, client_keys={"mux_certificate": ours.cert, "mux_key": ours.key, "tls": "carrier"})
    play.router("hotel")
    play.world.gate("hotel", tcp="")
    play.go("hotel")
    box = inspector.issue("inspected", HOME4)
    Visit(play, box, people.ca, "TLSv1.2", 8443).shows("an inspector that is tolerated", False)
    Visit(play, box, people.ca, "TLSv1.3", 8444).shows("an inspector that is tolerated", False)
    Visit(play, play.identity, people.ca, "TLSv1.2", 8445).shows("the multiplexer's web server", False)
    Visit(play, play.identity, people.ca, "TLSv1.3", 8446).shows("the multiplexer's web server", True)


if __name__ == "__main__":
    main(scene)
