#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Nothing out but by a SOCKS proxy: version 5 with user name and password, then version 4; routes = all,
and the proxies are on the link, which is cut off for all others.

    lan, home and mux -- [inet] -- [socks: danted 10.4.0.1:1080 SOCKS5, :1081 SOCKS4] -- laptop
                                -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, arrive, journey
from netlab import wait_until
from scenekit import LAN_HOST4, Download, check, main
from servers import PASSWORD, USER_IN_URL, danted

WRONG, REFUSED = "Not-th1s-one", "proxy 10.4.0.1:1080: wrong user name or password"


def asked(router):
    """Connections that the proxies have taken."""
    return int(router.run(["nstat", "-asz", "TcpPassiveOpens"]).stdout.split("TcpPassiveOpens")[1].split()[0])


def wrong_password(play, router):
    play.client.set("proxy", f"socks5://guest:{WRONG}@10.4.0.1:1080")
    before = asked(router)
    play.client.spawn()
    play.wait_said("10.4.0.1:1080")
    first = asked(router)
    wait_until(lambda: asked(router) >= first + 2, "the client to try again")
    text, said = play.trouble(), [line for line in play.client.proc.text().splitlines() if "10.4.0.1:1080" in line]
    check(len(said) == 1 and said[0].endswith(f": {REFUSED}") and text.endswith(REFUSED),
          f"a wrong password, asked {asked(router) - before} times: {said}, status: {text}")
    shown = [play.client.call(*what).stdout for what in (("status",), ("status", "--json"), ("paths",), ("paths", "--json"))]
    check(shown[0].count(REFUSED) == 1 and shown[1].count(REFUSED) == 1, "status says so once")
    check(WRONG not in "".join([play.client.proc.text(), *shown]), "and the wrong password is nowhere")
    play.client.down()


def scene(lab):
    play = MuxPlay(lab, client_keys={"routes": "all"})
    router = play.router("socks")
    danted(router, 1080)
    danted(router, 1081, version=4)
    play.go("socks")
    wrong_password(play, router)
    play.client.set("proxy", "socks4://10.4.0.1:1081")
    arrive(play, "socks", "https", "10.4.0.1:1081", "connect-udp")
    Download(lab, play.lan, LAN_HOST4, play.laptop.host, 5_000_000).finish()
    play.client.down()
    play.client.set("proxy", f"socks5://{USER_IN_URL}10.4.0.1:1080")
    journey(play, "socks", "https", "10.4.0.1:1080", "connect-udp")
    check("by connect-udp, proxy 10.4.0.1:1080" in play.client.call("paths").stdout, "paths names method and proxy")
    logs = "".join(p.text() for p in lab.procs)
    check(PASSWORD not in logs and WRONG not in logs, "no password is in any log")


if __name__ == "__main__":
    main(scene)
