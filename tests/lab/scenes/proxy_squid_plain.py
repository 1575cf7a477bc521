#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Proxies that refuse CONNECT altogether: plain requests in absolute-form, to the multiplexer at port 80; each of them
with the user name and the password where the proxy asks for them.

    lan, home and mux -- [inet] -- [office: squid without CONNECT: 10.3.0.1:3128, :3129 Basic, :3130 Digest] -- laptop
                                -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, arrive, journey
from scenekit import check, fact, main
from servers import PASSWORD, USER, USER_IN_URL, squid, squid_log

WRONG = "wrong user name or password"


def in_absolute_form(proxy, user):
    """What squid says of requests that were answered: whose they were, too."""
    lines = [line.split() for line in squid_log(proxy)]
    for method, direction in (("POST", "up"), ("GET", "down")):
        good = [(url, who) for _, _, _, result, _, verb, url, who, *_ in lines if verb == method and "/20" in result]
        check(good and all(url.startswith("http://203.0.113.2/homeward/home/") and url.split("?")[0].endswith(f"/{direction}") and who == user
                           for url, who in good), f"squid: {len(good)} times {method} {direction}, in absolute-form, of {user}")
    check(not any("TCP_TUNNEL" in line[3] for line in lines), "and no tunnel")


def asking(play, scheme, at):
    """A squid that asks who it is, and a client that says so, at its second try."""
    fact(f"{scheme}:")
    proxy = squid(play.router("office"), int(at.split(":")[1]), scheme, connect=False)
    play.client.set("proxy", f"http://guest:notthis@{at}")
    play.client.spawn()
    play.wait_said(WRONG)
    check(WRONG in play.trouble() and at in play.trouble(), f"a wrong password: {play.trouble()}")
    play.client.down()
    play.client.set("proxy", f"http://{USER_IN_URL}{at}")
    return proxy


def scene(lab):
    play = MuxPlay(lab)
    proxy = squid(play.router("office"), connect=False)
    journey(play, "office", "http", "10.3.0.1:3128", "plain")
    play.client.down()
    in_absolute_form(proxy, "-")
    proxy = asking(play, "basic", "10.3.0.1:3129")
    journey(play, "office", "http", "10.3.0.1:3129", "plain", total=6_000_000)
    play.client.down()
    in_absolute_form(proxy, USER)
    proxy = asking(play, "digest", "10.3.0.1:3130")
    arrive(play, "office", "http", "10.3.0.1:3130", "plain")
    play.reached_from_home()
    play.client.down()
    in_absolute_form(proxy, USER)
    check(PASSWORD not in "".join(p.text() for p in lab.procs), "the password is in no log")


if __name__ == "__main__":
    main(scene)
