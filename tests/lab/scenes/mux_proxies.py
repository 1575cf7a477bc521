#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""X-Forwarded-For is believed from the addresses in `proxies`, and its last address counts; from nobody else.

    client (not a proxy, though it says so) --+-- mux: two tunnels for each source --+-- target: echo
    other (named in `proxies`) ---------------+
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from muxkit import CLIENT4, OTHER4, MuxLab
from muxwire import cu_request
from netlab import wait_until
from scenekit import check, main

MOST = 2


def ask(mux, host, *said):
    """Ask for a tunnel.  said: X-Forwarded-For, a field each.  The connection, and the answer's status."""
    conn = mux.connect(tls=False, host=host)
    conn.send(cu_request("home", 4500, *(f"X-Forwarded-For: {s}" for s in said)))
    return conn, conn.head().status


def several(mux, what, host, fields, good, counted_as):
    """Tunnels asked for with these fields, the first `good` of which are granted; then all end."""
    before = len(mux.log())
    asked = [ask(mux, host, *f) for f in fields]
    got = [status for _, status in asked]
    check(got == [101] * good + [429] * (len(fields) - good), f"{what}: {got}")
    said = mux.log()[before:]
    check(len(said) == len(fields) - good and all(f"{counted_as}: no tunnel" in line for line in said),
          f"    {said[0] if said else 'nothing in the log'}")
    for conn, _ in asked:
        conn.close()
    wait_until(lambda: mux.status()["tunnels"]["connect_udp"] == 0, "the tunnels to end")


def scene(lab):
    mux = MuxLab(lab, keys={"proxies": f"{OTHER4}, 198.51.100.0/24", "source_tunnels": MOST}, bystander=False)
    several(mux, "no proxy, inventing names", mux.client, [(f"198.51.100.{n}",) for n in range(4)], MOST, CLIENT4)
    several(mux, "a proxy, four clients", mux.other, [(f"203.0.113.{n}",) for n in range(4)], 4, None)
    several(mux, "a proxy, one client who invents names before it", mux.other,
            [(f"203.0.113.{n}, 203.0.113.200",) for n in range(4)], MOST, "203.0.113.200")
    several(mux, "or in a field of its own", mux.other, [(f"203.0.113.{n}", "203.0.113.201") for n in range(4)], MOST,
            "203.0.113.201")
    several(mux, "one by IPv6, of which a /64 counts", mux.other, [(f"2001:db8:0:1::{n}",) for n in range(3)], MOST, "2001:db8:0:1::2")
    several(mux, "or with its port", mux.other, [("203.0.113.202:1234",), ("203.0.113.202",), ("203.0.113.202:9 ",)], MOST, "203.0.113.202")
    several(mux, "and IPv6 with one", mux.other, [("[2001:db8:0:2::1]:80",), ("2001:db8:0:2::1",), ("[2001:db8:0:2::2]:81",)], MOST,
            "2001:db8:0:2::2")
    several(mux, "a proxy that says nothing", mux.other, [() for n in range(3)], MOST, OTHER4)
    several(mux, "or no address", mux.other, [("unknown",), ("203.0.113.5, ",), ("_hidden:7",)], MOST, OTHER4)
    mux.answers()


if __name__ == "__main__":
    main(scene)
