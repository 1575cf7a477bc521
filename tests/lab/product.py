# SPDX-License-Identifier: MIT
"""The programs under test, driven as a user would drive them."""
import json
import os
import signal

from netlab import LabError, program, wait_until
from topology import HOME4

REALM = "example.net"
NETWORK = "192.168.50.0/24"


class Server:
    """homeward-server in a host, configuration and state in its own directory."""

    def __init__(self, lab, host, name="server", env=None):
        self.lab, self.host, self.name, self.env = lab, host, name, env
        self.dir = os.path.join(lab.tmp, name)
        self.conf = os.path.join(self.dir, "server.conf")
        self.control = os.path.join(lab.tmp, f"{name}.sock")
        self.proc = None

    def init(self, *extra, public=(HOME4,), network=NETWORK, lan="eth0"):
        args = ["init", "-d", self.dir, "--realm", REALM, "--network", network]
        args += ["--lan", lan] if lan else []
        for p in public:
            args += ["--public", p]
        self.host.run([program("homeward-server"), *args, *extra], env=self.env)
        return self

    def cmd(self, verb, *args):
        return [program("homeward-server"), verb, "-c", self.conf, "--control", self.control, *args]

    def call(self, verb, *args, check=True):
        return self.host.run(self.cmd(verb, *args), check=check, env=self.env)

    def add(self, name, *args):
        """Add a client; returns the path of its profile."""
        path = os.path.join(self.lab.tmp, f"{name}.hw")
        self.call("add", name, "-o", path, *args)
        return path

    def set(self, key, value, section="server"):
        """Set one key of the configuration file."""
        set_key(self.conf, section, key, value)

    def spawn(self):
        self.proc = self.host.spawn(self.cmd("run"), log=self.name, env=self.env)
        return self.proc

    def start(self):
        """Start and wait until it answers."""
        self.spawn()
        wait_until(lambda: self.answers() or gone(self.proc), f"{self.name} to answer status")
        return self

    def answers(self):
        return self.host.ok(self.cmd("status", "--json"))

    def status(self):
        return json.loads(self.call("status", "--json").stdout)

    def binding(self, home_address=None):
        """The one binding, or the one for an address; None when there is none."""
        found = [b for b in self.status()["bindings"]
                 if home_address is None or b["home_address"] == home_address]
        return found[0] if found else None

    def kill(self, sig=signal.SIGKILL):
        self.proc.kill(sig)
        return self.proc.wait()


class Client:
    """homeward on a laptop."""

    def __init__(self, lab, laptop, profile, name=None, env=None):
        self.lab, self.laptop, self.host, self.profile, self.env = lab, laptop, laptop.host, profile, env
        self.name = name or self.host.name
        self.control = os.path.join(lab.tmp, f"{self.name}.sock")
        self.proc = None

    def set(self, key, value):
        set_key(self.profile, "client", key, value)

    def get(self, key):
        with open(self.profile) as f:
            for line in f:
                left, _, right = line.partition("=")
                if left.strip() == key:
                    return right.split("#")[0].strip()
        return None

    @property
    def address(self):
        return self.get("address")

    def cmd(self, verb, *args):
        state = ["--state", os.path.join(self.lab.tmp, f"{self.name}.state")] if verb == "up" else []
        return [program("homeward"), verb, *args, "--control", self.control, *state]

    def call(self, verb, *args, check=True):
        return self.host.run(self.cmd(verb, *args), check=check, env=self.env)

    def spawn(self, *args):
        """`up --foreground` in the background of the lab, so that its log is kept."""
        self.proc = self.host.spawn(self.cmd("up", self.profile, "--foreground", *args),
                                    log=self.name, env=self.env)
        return self.proc

    def up(self):
        """Start and wait until registered."""
        self.spawn()
        self.wait_state("registered")
        return self

    def down(self):
        self.call("down")
        if self.proc:
            self.proc.wait()

    def status(self):
        return json.loads(self.call("status", "--json").stdout)

    def state(self):
        """The state, or None while nobody answers."""
        done = self.call("status", "--json", check=False)
        try:
            return json.loads(done.stdout)["state"]
        except (ValueError, KeyError):
            return None

    def wait_state(self, state):
        wait_until(lambda: self.state() == state or (state != "stopped" and gone(self.proc)),
                   f"{self.name} to be {state}")

    def wait_path(self, local):
        """Wait until the path in use leaves from this local address."""
        wait_until(lambda: self.status()["path"]["local"].startswith(local),
                   f"{self.name} to use {local}")


def gone(proc):
    """False while it runs; LabError with its last words when it ended by itself."""
    if proc is not None and not proc.alive():
        raise LabError(f"{proc.name} ended with {proc.popen.returncode}:\n{proc.tail()}")
    return False


def set_key(path, section, key, value):
    """Set, add or (value None) remove one key of an INI file, leaving all else as it is."""
    with open(path) as f:
        lines = f.read().splitlines()
    out, inside, done = [], False, False
    for line in lines:
        if line.strip().startswith("["):
            if inside and not done and value is not None:
                out.append(f"{key} = {value}")
                done = True
            inside = line.strip() == f"[{section}]"
        if inside and line.split("=")[0].strip() == key:
            if not done and value is not None:
                out.append(f"{key} = {value}")
                done = True
            continue
        out.append(line)
    if not done and value is not None:
        out += [] if inside else [f"[{section}]"]
        out.append(f"{key} = {value}")
    with open(path, "w") as f:
        f.write("\n".join(out) + "\n")
