#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""All sources together fill the multiplexer. Whatever carries no association makes room for a newcomer, the newest of whoever
has most; what carries one stays; the log has one line, and status says what happened.

    client (fills it) ---------------------+-- mux: 20 connections, 12 tunnels --+-- target: echo
    other (bystander, through everything) -+
"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from muxkit import MuxLab, exchange
from muxwire import cu_request, request
from netlab import wait_until
from scenekit import check, main

CONNECTIONS, TUNNELS = 20, 12


def limits(mux):
    status, said = mux.status(), mux.call("check").stdout
    check(status["limits"]["connections"] == CONNECTIONS and status["limits"]["tunnels"] == TUNNELS and
          status["limits"]["memory"] > 0, f"status names the limits: {status['limits']}")
    check(f"at most {CONNECTIONS} connections in all" in said and f"at most {TUNNELS} tunnels in all" in said, "so does check")


def connections(mux):
    """Silent ones, as many as there is room for and more."""
    kept = [mux.connect(tls=False) for _ in range(2 * CONNECTIONS)]
    wait_until(lambda: mux.status()["refused"]["full"] >= CONNECTIONS, "the last of them to be turned away")
    status = mux.status()
    check(status["connections"] == CONNECTIONS and status["unproven"]["connections"] == CONNECTIONS - 1,
          f"{len(kept)} connections of one address: {status['connections']} are open, all but one without an association")
    mux.answers(host=mux.other)
    check(mux.status()["counters"]["given_up_connections"] == 1, "another address has its own: the newest of the first is given up")
    mux.bystander.goes_on()
    for conn in kept:
        conn.close()
    wait_until(lambda: mux.status()["connections"] == 1, "them to be gone")


def tunnels(mux):
    kept = [mux.connect_udp(tls=False) for _ in range(TUNNELS - 1)]
    check(mux.ask(cu_request(), tls=False).status == 503, f"{TUNNELS} tunnels, one more of the same address: 503")
    exchange(kept[-1])
    other = mux.connect_udp(host=mux.other, tls=False)
    exchange(other)
    check(kept[-2].conn.ends() == b"", "one of another address: the newest without an association is closed")
    exchange(kept[-1])
    exchange(kept[0])
    check(mux.status()["counters"]["given_up_tunnels"] == 1, "the one that carries an association goes on, and so do the older ones")
    for tunnel in (*kept, other):
        tunnel.close()


def scene(lab):
    mux = MuxLab(lab, keys={"connections": CONNECTIONS, "tunnels": TUNNELS})
    limits(mux)
    connections(mux)
    tunnels(mux)
    lines = [line for line in mux.log() if "full: " in line]
    check(1 <= len(lines) <= 3, f"{len(lines)} lines say that it is full: {lines[0]}")
    mux.ask(request("GET /generate_204"), tls=False)
    mux.bystander.undisturbed()


if __name__ == "__main__":
    main(scene)
