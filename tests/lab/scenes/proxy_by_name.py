#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The proxy has a name that only the office's name server knows, the multiplexer one that only the proxy can look up.

    lan, home and mux.example.net -- [inet] -- [office: proxy.office.example, squid :3128 and danted :1080] -- laptop
                                            -- [cafe NAT] ...... moves here and back
"""
import os
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, journey
from netlab import HERE
from scenekit import HOME4, check, fact, main
from servers import USER_IN_URL, danted, squid, squid_log

OFFICE4, MUX = "10.3.0.1", "mux.example.net"


def serve_names(router):
    dns = router.spawn([os.path.join(HERE, "tools", "dns.py"), OFFICE4, f"proxy.office.example={OFFICE4}"], log="dns")
    dns.wait_text("ready")
    return dns


def by(play, url):
    play.client.set("proxy", url)
    name = url.rsplit("@", 1)[-1].rsplit("/", 1)[-1]
    fact(f"by {name}:")
    journey(play, "office", "https", name, "connect-udp", total=6_000_000)
    play.client.down()
    check(f"proxy {name}: connect-udp" in play.client.proc.text(), "the log names the proxy as the profile does")


def scene(lab):
    play = MuxPlay(lab, url=f"https://{MUX}/home")
    router = play.router("office")
    play.laptop.host.etc("resolv.conf", f"nameserver {OFFICE4}\n")
    dns = serve_names(router)
    router.etc("hosts", f"127.0.0.1 localhost\n{HOME4} {MUX}\n")
    web, socks = squid(router), danted(router)
    by(play, "http://proxy.office.example:3128")
    check(any(f"CONNECT {MUX}:443" in line and "/200" in line for line in squid_log(web)), f"squid: a tunnel to {MUX}:443")
    by(play, f"socks5://{USER_IN_URL}proxy.office.example:1080")
    with open(os.path.join(socks.folder, "danted.log")) as f:
        check(f" {HOME4}.443" in (log := f.read()), f"danted: {log.strip().splitlines()[-1]}")
    asked = dns.text()
    check(f"{MUX} 1 " in asked and "proxy.office.example 1 " in asked, "the name server was asked for both, and knew the proxy alone")


if __name__ == "__main__":
    main(scene)
