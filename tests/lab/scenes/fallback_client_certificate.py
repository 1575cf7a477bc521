#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A multiplexer that asks clients for a certificate: ours, from files and from the profile itself; none, another's, an
expired one are refused, and the client says which.

    lan, home and mux (client_ca) -- [inet] -- [hotel NAT, TCP 443 alone] -- laptop
                                            -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import HTTPS, MuxPlay, arrive, journey
from netlab import wait_until
from pki import Authority
from scenekit import check, main

ASKS = "TLS: the server asks for a client certificate"
UNKNOWN = "TLS: the other end does not know our certificate's issuer"
EXPIRED = "TLS: the other end says that our certificate has expired"


def show(play, certificate, key):
    play.client.set("mux_certificate", certificate)
    play.client.set("mux_key", key)


def refused(play, what, words):
    play.client.spawn()
    wait_until(play.client.state, "the client to answer")
    wait_until(lambda: words in play.trouble(), f"the status to say {words}")
    check(play.client.state() != "registered", f"{what}: {play.trouble()}")
    said = [line for line in play.client.proc.text().splitlines() if words in line]
    check(len(said) == 1, f"    log, once: {said[0].strip()}")
    play.client.down()


def inline(path):
    """A file's lines as a profile takes them."""
    with open(path) as f:
        return "\n" + "".join(f"    {line}" for line in f).rstrip()


def scene(lab):
    people = Authority(lab, "people")
    right = people.issue("alice", "alice.example.net")
    play = MuxPlay(lab, listen=(HTTPS,), mux_keys={"client_ca": people.ca})
    play.router("hotel")
    play.world.gate("hotel", tcp="443")
    play.go("hotel")
    refused(play, "no certificate", ASKS)
    for what, identity, words in (("another authority's", Authority(lab, "strangers").issue("mallet"), UNKNOWN),
                                  ("an expired one", people.issue("late", days=-1), EXPIRED)):
        show(play, identity.cert, identity.key)
        refused(play, what, words)
    show(play, right.cert, right.key)
    arrive(play, "hotel", "https", method="connect-udp")
    check(play.client.state() == "registered" and play.trouble() == "", "from two files: registered, and no trouble")
    play.client.down()
    show(play, inline(right.cert), inline(right.key))
    journey(play, "hotel", "https", method="connect-udp", total=6_000_000)
    check("BEGIN" not in play.client.proc.text(), "from the profile itself: the same; the log has nothing of it")


if __name__ == "__main__":
    main(scene)
