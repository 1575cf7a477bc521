# SPDX-License-Identifier: MIT
"""What every part of the lab stands on: errors, waiting, commands, where programs are."""
import grp
import hashlib
import os
import pwd
import shlex
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKOUT = os.path.dirname(os.path.dirname(HERE))
RUN_DIR = "/run/homeward-lab"      # compiled tools, and marks of labs left up on purpose
SCRATCH = "/tmp"
PATIENCE_S = 120    # after which a condition will not come any more: no verdict depends on how busy a machine is


DAEMON_USER = "homeward"            # what daemons that root starts change to; make_daemon_user()


class LabError(Exception):
    """A command failed or a condition did not come true; the text says which."""


class Interrupted(LabError):
    """The lab was asked to end by a signal."""


def wait_until(cond, what, every=0.02):
    """Poll cond() until it is true and return its value; raise LabError naming `what` if it does not come."""
    end = time.monotonic() + PATIENCE_S
    while True:
        value = cond()
        if value:
            return value
        if time.monotonic() >= end:
            raise LabError(f"not within {PATIENCE_S:g} s: {what}")
        time.sleep(every)


def argv_of(cmd):
    """A list as it is; a string as the shell would split it (no shell is involved)."""
    return shlex.split(cmd) if isinstance(cmd, str) else [str(c) for c in cmd]


def pid_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def bin_dir():
    """Where the programs under test are: HOMEWARD_BIN, or build/bin of the checkout."""
    return os.environ.get("HOMEWARD_BIN") or os.path.join(CHECKOUT, "build", "bin")


def program(name):
    """Path of a program under test; LabError when it has not been built."""
    path = os.path.join(bin_dir(), name)
    if not os.access(path, os.X_OK):
        raise LabError(f"{path} is missing: build first, or set HOMEWARD_BIN")
    return path


def tool(name):
    """Path of one of tests/lab/tools: the built one, else compiled once into a cache."""
    built = os.path.join(bin_dir(), "tests", name)
    source = os.path.join(HERE, "tools", name + ".c")
    if os.access(built, os.X_OK) and os.path.getmtime(built) >= os.path.getmtime(source):
        return built
    with open(source, "rb") as f:
        tag = hashlib.sha256(f.read()).hexdigest()[:16]
    cached = os.path.join(RUN_DIR, f"{name}-{tag}")
    if not os.path.exists(cached):
        os.makedirs(RUN_DIR, mode=0o700, exist_ok=True)
        draft = f"{cached}.{os.getpid()}"
        subprocess.run(["cc", "-O2", "-o", draft, source], check=True)
        os.rename(draft, cached)
    return cached


def full_env(extra):
    return dict(os.environ, **extra) if extra else None


def must(argv, stdin=None, check=True):
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise LabError(f"{shlex.join(argv)}: {done.stderr.strip()}\n{stdin or ''}")
    return done.stdout


def make_daemon_user():
    """As an installation has it (examples/systemd/homeward.sysusers); it stays."""
    def is_there():
        try:
            return pwd.getpwnam(DAEMON_USER)
        except KeyError:
            subprocess.run(["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
                            "--shell", "/usr/sbin/nologin", DAEMON_USER], capture_output=True)
            return False
    wait_until(is_there, f"the user {DAEMON_USER}, which another lab may be making")


def daemon_scratch(path):
    """Daemons that have changed their user find what is theirs in it, and remove their sockets; those alone."""
    os.chown(path, 0, grp.getgrnam(DAEMON_USER).gr_gid)
    os.chmod(path, 0o1731)


def daemon_readable(path):
    """A file of keys that a daemon reads again at SIGHUP: root's, and readable by the daemon's group."""
    os.chown(path, 0, grp.getgrnam(DAEMON_USER).gr_gid)
    os.chmod(path, 0o640)
