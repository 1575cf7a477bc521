#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""squid asks for a user name and a password: Basic, Digest; a wrong one is said once.

    lan, home and mux -- [inet] -- [office: squid 10.3.0.1:3128 Basic, :3129 Digest] -- laptop
                                -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, journey
from netlab import wait_until
from scenekit import check, main
from servers import PASSWORD, USER_IN_URL, squid, squid_log

WRONG = "wrong user name or password"


def refusals(proxy):
    return sum("TCP_DENIED/407" in line for line in squid_log(proxy))


def wrong_password(play, proxies):
    for name, proxy in proxies.items():
        play.client.set("proxy", f"http://guest:notthis@{name}")
        play.client.spawn()
        play.wait_said(WRONG)
        before = refusals(proxy)
        wait_until(lambda p=proxy, n=before: refusals(p) >= n + 2, "the proxy to be tried again")
        said = [line for line in play.client.proc.text().splitlines() if WRONG in line]
        check(len(said) == 1 and name in said[0], f"log, once: {said[0].strip()}")
        check(WRONG in play.trouble() and name in play.trouble(), f"status: {play.trouble()}")
        check("notthis" not in play.client.proc.text() + play.client.call("status").stdout, "the password is in neither")
        play.client.down()


def scene(lab):
    play = MuxPlay(lab)
    router = play.router("office")
    proxies = {"10.3.0.1:3128": squid(router, 3128, "basic"), "10.3.0.1:3129": squid(router, 3129, "digest")}
    play.go("office")
    wrong_password(play, proxies)
    for scheme, at in (("Digest", "10.3.0.1:3129"), ("Basic", "10.3.0.1:3128")):
        play.client.set("proxy", f"http://{USER_IN_URL}{at}")
        journey(play, "office", "https", at, "connect-udp", total=6_000_000)
        play.client.down()
        check(any("TCP_TUNNEL/200" in line and " guest " in line for line in squid_log(proxies[at])), f"{scheme}: squid let guest through")
    check(PASSWORD not in "".join(p.text() for p in lab.procs), "the right password is in no log either")


if __name__ == "__main__":
    main(scene)
