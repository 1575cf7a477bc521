#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the relay's memory holds: it is read and searched. KEY2 and KEY3 are in it, KEY0, KEY1 and names are not.

    lan, home -- [fw] -- DMZ relay;  [cafe NAT] -- laptop;  [inet] -- open -- witness, a client of Python's
"""
import re
import socket
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from dmz import DIRECT4, RELAY4, RelayPlay
from netlab import PATIENCE_S, wait_until
from scenekit import Download, LAN_HOST4, check, main
from witness import Registration, Reply, hkdf, key3, with_auth


def memory(pid):
    """All that a process can write to, in one."""
    found = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as mem:
        for line in maps:
            m = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if not m or "[v" in line:
                continue
            start, end = (int(x, 16) for x in m.groups())
            if end - start > 1 << 30:       # a sanitizer's shadow
                continue
            try:
                mem.seek(start)
                found.append(mem.read(end - start))
            except (OSError, ValueError, OverflowError):
                continue
    return b"".join(found)


def witness(play):
    """A registration by the relay whose every key is known here."""
    profile = play.server.add("oscar")
    fields = dict(line.split(" = ", 1) for line in open(profile).read().splitlines() if " = " in line)
    wait_until(lambda: play.relay.status()["admitted"] == 2, "the witness to be admitted")
    host = play.world.lab.host("witness")
    play.world.site("open")
    play.world.panel.plug(host, "wan0", "open", "198.51.100.40/26")
    host.ip("route add default via 198.51.100.1")
    sock = host.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(PATIENCE_S)
    key0, spi = bytes.fromhex(fields["key"]), int(fields["spi"], 0)
    q = Registration(key0=key0, spi=spi, nai=fields["identity"], home_agent=DIRECT4, care_of="198.51.100.40",
                     address=socket.inet_aton(fields["address"]))
    sock.sendto(with_auth(33, q.octets, spi, key3(key0, "dmz1")), (RELAY4, 4500))
    r = Reply(sock.recv(2000), q)
    check(r.code == 0 and r.authentic(), "the witness is registered by the relay")
    return key0, q, r


def scene(lab):
    play = RelayPlay(lab)
    Download(lab, play.lan, LAN_HOST4, play.laptop.host, 3_000_000).finish()
    key0, q, r = witness(play)
    session = r.opened(4, 2)[6:]
    keys1 = derived(q, r)
    with open(play.relay.conf) as f:
        key2 = bytes.fromhex([line.split("=")[1].strip() for line in f if line.startswith("key")][0])
    relay, home = memory(play.relay.proc.pid), memory(play.server.proc.pid)
    check(len(relay) > 500_000 and len(home) > 500_000, f"{len(relay) >> 10} KiB of the relay's memory, {len(home) >> 10} KiB of home's")
    check(key2 in relay and session in relay and key3(key0, "dmz1") in relay, "the relay's holds KEY2, and both KEY3 (so the search works)")
    check(key0 in home and (keys1[0] in home or keys1[1] in home), "home's holds KEY0 and KEY1 (so the search works)")
    alice = bytes.fromhex(play.client.get("key"))
    for what, octets in {"the witness's KEY0": key0, "alice's KEY0": alice,
                         "keys derived of KEY0": hkdf(key0, b"", b"homeward request extensions", 32),
                         "and for replies": hkdf(key0, b"", b"homeward reply extensions", 32),
                         "KEY1, to home": keys1[0], "KEY1, to the client": keys1[1],
                         "alice's name": b"alice", "the witness's name": b"oscar",
                         "her home address": play.client.address.encode()}.items():
        check(octets not in relay, f"not in the relay's memory: {what}")


def derived(q, r):
    """The two ESP keys, 16 octets each."""
    out, back = r.association()
    return out.raw, back.raw


if __name__ == "__main__":
    main(scene)
