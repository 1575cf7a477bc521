#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The scripts of examples/compose, in hosts with the networks and addresses that compose.yaml gives them.

    lan .20, home .2 -- homelan -- .1 [firewall] .1 -- dmz -- relay .10, mux .11
                                         | 203.0.113.2
                                     internet -- client .50
                                         | .60
                                      [hotel] 10.2.0.1 -- guest 10.2.0.10 (TCP 80 and 443 pass, nothing else)
"""
import os
import shutil
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

import yaml

from netlab import CHECKOUT, bin_dir, wait_until
from scenekit import check, main, ping

COMPOSE = os.path.join(CHECKOUT, "examples", "compose")


def build(lab, description):
    """A host for each service, a segment for each network."""
    panel = lab.switch("panel")
    bits = {}
    for name, net in description["networks"].items():
        panel.segment(name)
        bits[name] = net["ipam"]["config"][0]["subnet"].split("/")[1]
    hosts = {}
    for name, service in description["services"].items():
        forward = service.get("sysctls", {}).get("net.ipv4.ip_forward") == "1"
        hosts[name] = lab.host(name, forward=forward)
        for n, (net, at) in enumerate(service["networks"].items()):
            panel.plug(hosts[name], f"eth{n}", net, f"{at['ipv4_address']}/{bits[net]}")
    return hosts


def start(lab, host, service, share):
    """The service's command, as the container would run it."""
    script = os.path.join(COMPOSE, service["command"][0])
    env = {"SHARE": share, "STATE": os.path.join(lab.tmp, f"state-{host.name}"),
           "CONTROL": os.path.join(lab.tmp, f"{host.name}.sock"), "PATH": bin_dir() + ":" + os.environ["PATH"]}
    os.makedirs(env["STATE"], mode=0o700, exist_ok=True)
    return host.spawn([script], log=host.name, env=env)


def scene(lab):
    with open(os.path.join(COMPOSE, "compose.yaml")) as f:
        description = yaml.safe_load(f)
    services = description["services"]
    check(set(services) == {"home", "firewall", "relay", "mux", "client", "hotel", "guest", "lan"},
          "home server, firewall, relay, multiplexer, client, hotel, guest, a host of the home network")
    for name, service in services.items():
        script = service["command"][0]
        check(script == "sleep" or os.access(os.path.join(COMPOSE, script), os.X_OK), f"{name} runs {script}")
    share = os.path.join(lab.tmp, "share")
    os.makedirs(share, mode=0o711)
    hosts = build(lab, description)
    for name in ("firewall", "hotel", "relay", "mux", "guest", "client", "home"):    # in no order that would help
        start(lab, hosts[name], services[name], share)
    wait_until(lambda: ping(hosts["client"], "192.168.50.20", count=1, timeout=1), "the client to reach home")
    check(ping(hosts["lan"], "192.168.50.101"), "the host at home reaches the client by its permanent address")
    done = hosts["client"].run([os.path.join(bin_dir(), "homeward"), "status", "--control", os.path.join(lab.tmp, "client.sock")])
    check("relay to dmz1" in done.stdout, "by the relay")
    wait_until(lambda: ping(hosts["guest"], "192.168.50.20", count=1, timeout=1), "the guest to reach home")
    check(ping(hosts["lan"], "192.168.50.102"), "the host at home reaches the guest")
    done = hosts["guest"].run([os.path.join(bin_dir(), "homeward"), "status", "--control", os.path.join(lab.tmp, "guest.sock")])
    check("https to dmz1" in done.stdout, "by HTTPS")
    shutil.rmtree(share, ignore_errors=True)


if __name__ == "__main__":
    main(scene)
