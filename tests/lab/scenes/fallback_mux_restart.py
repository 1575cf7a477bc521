#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The multiplexer is killed and started again, then stopped in an orderly way and started again: the download goes on.

    lan, home and mux (killed, started) -- [inet] -- [hotel NAT] -- laptop
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

import signal

from fallback import MuxPlay, arrive
from netlab import wait_until
from scenekit import LAN_HOST4, Download, check, main


def away(play, sig):
    """It ends; the client sees that before it is there again."""
    status = play.mux.kill(sig)
    wait_until(lambda: play.path().get("kind") != "https", "the client to see it")
    play.mux.start()
    return status


def scene(lab):
    play = MuxPlay(lab)
    arrive(play, "hotel", "https", method="connect-udp")
    download = Download(lab, play.lan, LAN_HOST4, play.laptop.host, 12_000_000, rate_mbit=3)
    for sig in (signal.SIGKILL, signal.SIGTERM):
        download.progress()
        status = away(play, sig)
        check(status == (0 if sig == signal.SIGTERM else -sig), f"the multiplexer ended by {sig.name}: {status}")
        play.wait_kind("https")
        download.progress()
        check(download.get.alive(), "it is there again: https, and the same download goes on")
    play.reached_from_home()
    download.hurry()
    download.finish()


if __name__ == "__main__":
    main(scene)
