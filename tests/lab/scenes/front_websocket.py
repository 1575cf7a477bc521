#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Web servers that know no upgrade but that to WebSocket: nginx leaves any other out, HAProxy refuses it. What the client
then comes by is WebSocket.

    lan, home and nginx:443, then haproxy:443 -> mux 127.0.0.1:8080 -- [inet] -- [hotel NAT] -- laptop
                                                                            -- [cafe NAT] ...... moves here and back
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import MuxPlay, journey
from scenekit import check, fact, main
from servers import HTTP_BEHIND, haproxy_websocket, nginx_websocket


def scene(lab):
    play = MuxPlay(lab, listen=(f"http://{HTTP_BEHIND}",))
    for name, front in (("nginx", nginx_websocket), ("HAProxy", haproxy_websocket)):
        web = front(play.world.home, play.identity, HTTP_BEHIND)
        fact(f"{name}:")
        journey(play, "hotel", "https", method="websocket", total=6_000_000)
        check(play.mux.status()["tunnels"]["websocket"] > 0, "the multiplexer has a WebSocket")
        play.client.down()
        web.stop()


if __name__ == "__main__":
    main(scene)
