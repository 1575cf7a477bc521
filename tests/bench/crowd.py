# SPDX-License-Identifier: MIT
"""Thousands of clients known to a home server, and the list of them that regload reads."""
import configparser
import os

from netlab import program
from peers.homeward import REALM, network

FIRST = 1024    # the crowd's permanent addresses start this far into the network


def state_dir(conf):
    """The state directory that a server.conf names."""
    ini = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=("#",), strict=False)
    ini.read(conf)
    return ini["server"]["state"]


def add_crowd(tunnel, n, path):
    """Adds n clients, writes "IDENTITY ADDRESS KEY SPI" for each to `path` and returns it."""
    first = network(tunnel.prefix, tunnel.bits).network_address + FIRST
    done = tunnel.site.home.run([program("tests/mkcrowd"), state_dir(tunnel.conf), REALM, first, n],
                                timeout=120)
    with open(path, "w", encoding="ascii") as f:
        os.chmod(path, 0o600)
        f.write(done.stdout)
    return path
