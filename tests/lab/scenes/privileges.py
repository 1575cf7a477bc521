#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What all four programs, started by root, still are while they work: another user, with the capabilities that they use
and no others, no dumps of their memory, and all of it locked. And that it suffices: a download through moves between a
network that passes nothing but the web and one that passes UDP, changes at home, SIGHUP, and root's commands.

    lan, home -- [fw] -- [inet] -- [hotel NAT] -- laptop
                  |             -- [cafe NAT] ...... moves here and back
                 DMZ -- relay and mux 203.0.113.10
"""
import grp
import os
import pwd
import re
import signal
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from fallback import DmzMuxPlay, arrive, journey
from netlab import daemon_readable, program, wait_until
from product import Client
from scenekit import check, fact, main, ping, sanitized

USER = "homeward"
NET_ADMIN, NET_RAW, IPC_LOCK = 1 << 12, 1 << 13, 1 << 14
KEEPS = {"server": NET_ADMIN | NET_RAW, "client": NET_ADMIN | NET_RAW, "dmz1": 0, "mux": 0}


def fields(pid):
    with open(f"/proc/{pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def limit(pid, name):
    """The hard one."""
    with open(f"/proc/{pid}/limits") as f:
        return re.search(rf"^{name}\s+\S+\s+(\S+)", f.read(), re.M).group(1)


def examine(play, when):
    uid, gid = pwd.getpwnam(USER).pw_uid, grp.getgrnam(USER).gr_gid
    for name, proc in play.daemons.items():
        s, keeps = fields(proc.pid), KEEPS[name] | (0 if limit(proc.pid, "Max locked memory") == "unlimited" else IPC_LOCK)
        check(s["Uid"].split() == [str(uid)] * 4 and s["Gid"].split() == [str(gid)] * 4 and s["Groups"].split() == [str(gid)],
              f"{when}, {name}: user and group {USER}, four times, and no other group")
        caps = {c: int(s[c], 16) for c in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb")}
        check(caps == {"CapEff": keeps, "CapPrm": keeps, "CapBnd": keeps, "CapInh": 0, "CapAmb": 0} and s["NoNewPrivs"] == "1",
              f"{when}, {name}: capabilities {keeps:#x} and no way to more")


def memory(play):
    for name, proc in play.daemons.items():
        s = fields(proc.pid)
        # What a process that isn't dumpable has below /proc belongs to root.
        check(os.stat(f"/proc/{proc.pid}/environ").st_uid == 0, f"{name}: only root may look into its memory")
        check(limit(proc.pid, "Max core file size") == "0", f"{name}: no core dumps")
        check("memory is not locked" not in proc.text(), f"{name}: nothing to say of its memory")
        if not sanitized():     # whose mlockall() does nothing
            locked, size = (int(s[k].split()[0]) for k in ("VmLck", "VmSize"))
            check(locked > size * 0.9, f"{name}: {locked} of {size} KiB are locked")


def owners(play):
    uid = pwd.getpwnam(USER).pw_uid
    for top, _, files in os.walk(os.path.join(play.server.dir, "state")):
        for path in [top] + [os.path.join(top, f) for f in files]:
            check(os.stat(path).st_uid == uid, f"{os.path.relpath(path, play.lab.tmp)} is {USER}'s")


def reloads(play):
    """Each reads its configuration again as that user."""
    for proc, words in ((play.server.proc, "configuration reloaded"), (play.relay.proc, "reloaded from"),
                        (play.mux.proc, "log level reloaded"), (play.client.proc, "probing all paths again")):
        before = proc.text().count(words)
        proc.kill(signal.SIGHUP)
        wait_until(lambda p=proc, w=words, b=before: p.text().count(w) > b, f"{proc.name} to say {words!r}")
    for name, proc in play.daemons.items():
        said = proc.text()
        check("Permission denied" not in said and "can't read it again" not in said, f"{name}: SIGHUP read what it needed")


def roots_commands(play):
    """They change what the daemon reads and writes as another user."""
    bob = Client(play.lab, play.world.laptop("laptop-bob"), play.server.add("bob"), name="bob")
    wait_until(lambda: play.relay.status()["admitted"] == 2, "bob to be admitted at the relay")
    bob.laptop.plug("wan0", "cafe")
    bob.up()
    check(ping(play.lan, bob.address), "a client that root added while the daemons ran is reached from the LAN")
    play.server.call("add-relay", "dmz2", "--address", "192.168.60.11", "--public", "203.0.113.11",
                     "-o", os.path.join(play.lab.tmp, "dmz2.conf"))
    mode = os.stat(play.server.conf)
    check(mode.st_mode & 0o777 == 0o640 and mode.st_gid == grp.getgrnam(USER).gr_gid, "server.conf, written anew, is the group's to read still")
    check([r["name"] for r in play.server.status()["relays"]] == ["dmz1", "dmz2"], "a relay that root added")
    for name in ("status", "paths"):
        play.client.call(name)
    bob.down()
    play.server.call("remove", "bob")
    wait_until(lambda: play.relay.status()["admitted"] == 1, "bob to be gone from the relay's list")
    fact("root's add, add-relay, status, paths, down and remove do what they say")


def strangers(play):
    """Nobody else's: a user who is neither root nor the daemon's."""
    for control in (play.server.control, play.client.control, play.relay.control, play.mux.control):
        done = play.world.home.run(["setpriv", "--reuid", "daemon", "--regid", "daemon", "--clear-groups",
                                    program("homeward-mux"), "status", "--control", control], check=False)
        check(done.returncode != 0, f"{os.path.basename(control)}: another user is refused")


def no_such_user(play):
    conf = play.mux.conf + ".wrong"
    with open(play.mux.conf) as f:
        text = f.read().replace("[mux]\n", "[mux]\nuser = nobody-has-this-name\n")
    with open(conf, "w") as f:
        f.write(text)
    done = play.world.lan.run([program("homeward-mux"), "run", "-c", conf, "--control", conf + ".sock"], check=False)
    check(done.returncode == 1 and "there is no such user" in done.stderr, f"a user that does not exist: {done.stderr.strip()}")


def scene(lab):
    play = DmzMuxPlay(lab)
    check(f"{play.relay.conf}: user {USER} can't read it again at SIGHUP" in play.relay.proc.text(), "a file that is root's alone: the log says so")
    for path in (play.relay.conf, play.profile):
        daemon_readable(path)
    play.relay.proc.stop()
    play.relay.start()
    arrive(play, "hotel", "https")
    play.daemons = {"server": play.server.proc, "client": play.client.proc, "dmz1": play.relay.proc, "mux": play.mux.proc}
    examine(play, "registered")
    memory(play)
    owners(play)
    journey(play, "hotel", "https", better="relay")
    examine(play, "after two moves under a download")
    reloads(play)
    roots_commands(play)
    owners(play)
    strangers(play)
    examine(play, "after SIGHUP and root's commands")
    no_such_user(play)
    check(play.world.dropped() == 0, "the firewall dropped nothing that was meant for home")


if __name__ == "__main__":
    main(scene)
