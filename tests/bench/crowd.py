# SPDX-License-Identifier: MIT
"""Thousands of clients known to a home server, and the list of them that regload reads."""
import configparser
import ipaddress
import os

FIRST = 1024    # the crowd's permanent addresses start this far into the network


def read_profile(path):
    """(identity, address, key, spi) of a client's profile."""
    ini = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=("#",))
    ini.read(path)
    c = ini["client"]
    return c["identity"], c["address"], c["key"], c["spi"]


def add_crowd(tunnel, n, path):
    """Adds n clients, writes "IDENTITY ADDRESS KEY SPI" for each to `path` and returns it."""
    base = ipaddress.ip_network(f"{tunnel.prefix}.0/{tunnel.bits}", strict=False).network_address
    profile = tunnel.path("crowd.hw")
    with open(path, "w", encoding="ascii") as f:
        os.chmod(path, 0o600)
        for i in range(n):
            tunnel.site.home.run(tunnel.server_cmd("add", f"c{i}", "--address", str(base + FIRST + i),
                                                   "-o", profile))
            f.write(" ".join(read_profile(profile)) + "\n")
            os.unlink(profile)
    return path
