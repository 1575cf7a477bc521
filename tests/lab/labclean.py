# SPDX-License-Identifier: MIT
"""The end of labs: processes, namespaces and files, of this lab or of one that was killed."""
import glob
import os
import re
import shutil
import signal
import time

from labbase import RUN_DIR, SCRATCH, must, pid_alive

ETC = "/etc/netns"                 # files that hosts have instead of those of /etc


def end_processes(popens, grace_s=2.0):
    """SIGTERM to each group, SIGKILL to what is left after the grace."""
    running = [p for p in popens if p.poll() is None]
    for sig in (signal.SIGTERM, signal.SIGKILL):
        for p in running:
            try:
                os.killpg(p.pid, sig)
            except ProcessLookupError:
                pass
        end = time.monotonic() + grace_s
        while running and time.monotonic() < end:
            running = [p for p in running if p.poll() is None]
            time.sleep(0.01)


def remove_namespace(ns):
    """End every process in the namespace, then the namespace."""
    for sig in (signal.SIGTERM, signal.SIGKILL):
        end = time.monotonic() + 1.5
        for pid in namespace_pids(ns):
            try:
                os.kill(pid, sig)
            except ProcessLookupError:
                pass
        while time.monotonic() < end and namespace_pids(ns):
            time.sleep(0.01)
    shutil.rmtree(os.path.join(ETC, ns), ignore_errors=True)
    must(["ip", "netns", "del", ns], check=False)
    try:
        os.rmdir(ETC)   # if it was ours alone
    except OSError:
        pass


def namespace_pids(ns):
    return [int(p) for p in must(["ip", "netns", "pids", ns], check=False).split()]


def remove_scratch(path):
    """A scratch directory, with whatever is mounted in it, which may stand still (labdisk.py)."""
    with open("/proc/self/mounts") as f:
        mounts = [line.split()[1] for line in f]
    for at in reversed([m for m in mounts if m.startswith(path + "/")]):
        must(["fsfreeze", "-u", at], check=False)
        must(["umount", "-l", at], check=False)
    shutil.rmtree(path, ignore_errors=True)


def sweep(kept=False):
    """Remove what labs that no longer run left behind; with kept, also those left up on purpose."""
    for name in os.listdir("/run/netns") if os.path.isdir("/run/netns") else []:
        pid = re.match(r"hw-(\d+)-", name)
        if pid and stale(int(pid.group(1)), kept):
            remove_namespace(name)
    for path in glob.glob(os.path.join(SCRATCH, "hw-[0-9]*-*")):
        pid = re.match(r"hw-(\d+)-", os.path.basename(path))
        if pid and is_ours(path) and stale(int(pid.group(1)), kept):
            remove_scratch(path)
    if kept:
        for path in glob.glob(os.path.join(RUN_DIR, "keep-*")):
            os.unlink(path)


def is_ours(path):
    """Not when another scene, which sweeps too, has just removed it."""
    try:
        return os.lstat(path).st_uid == os.geteuid()
    except FileNotFoundError:
        return False


def stale(pid, kept):
    marked = os.path.exists(os.path.join(RUN_DIR, f"keep-{pid}"))
    return kept if marked else not pid_alive(pid) or pid == os.getpid()
