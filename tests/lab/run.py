#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Run the lab's scenes.

    run.py [-k PATTERN] [-j N] [-t SECONDS] [-v] [-l]

-k  only scenes whose name contains PATTERN (or matches it as a regular expression)
-j  at most N at a time (default 2)
-t  time limit of one scene (default 600)
-v  print every scene's facts, not only those of a failed one
-l  list the scenes and stop
"""
import argparse
import glob
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77    # the exit status of a scene that the machine can't show
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable


class Scene:
    def __init__(self, path):
        self.path = path
        self.name = os.path.splitext(os.path.basename(path))[0]
        self.popen, self.output, self.started, self.seconds = None, None, 0.0, 0.0

    def start(self, out_dir):
        self.output = open(os.path.join(out_dir, self.name + ".out"), "w+b")
        self.started = time.monotonic()
        self.popen = subprocess.Popen([PYTHON, self.path], stdout=self.output, stderr=subprocess.STDOUT,
                                      stdin=subprocess.DEVNULL, start_new_session=True)

    def poll(self, limit_s):
        """None while it runs, then True or False."""
        rc = self.popen.poll()
        self.seconds = time.monotonic() - self.started
        if rc is None and self.seconds > limit_s:
            self.end()
            self.output.write(f"\nstopped: over the limit of {limit_s:g} s\n".encode())
            return False
        return None if rc is None else rc in (0, SKIPPED)

    def is_skipped(self):
        return self.popen.returncode == SKIPPED

    def end(self):
        """Ask the scene to tear its lab down; kill it if it does not."""
        for sig, grace in ((signal.SIGTERM, 15), (signal.SIGKILL, 5)):
            try:
                os.killpg(self.popen.pid, sig)
                self.popen.wait(grace)
                return
            except (subprocess.TimeoutExpired, ProcessLookupError):
                continue

    def text(self):
        self.output.flush()
        self.output.seek(0)
        return self.output.read().decode(errors="replace").rstrip()


def report(scene, passed, verbose):
    word = "skip" if scene.is_skipped() else "ok  " if passed else "FAIL"
    print(f"{word} {scene.name} ({scene.seconds:.1f} s)", flush=True)
    if verbose or scene.is_skipped() or not passed:
        print("\n".join("     " + line for line in scene.text().splitlines()), flush=True)


def run_all(scenes, jobs, limit_s, verbose, out_dir):
    """Returns the names that failed."""
    waiting, running, failed = list(scenes), [], []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(waiting.pop(0))
                running[-1].start(out_dir)
            for scene in list(running):
                verdict = scene.poll(limit_s)
                if verdict is not None:
                    running.remove(scene)
                    report(scene, verdict, verbose)
                    failed += [] if verdict else [scene.name]
            time.sleep(0.05)
    finally:
        for scene in running:
            scene.end()
    return failed


def pick(pattern):
    scenes = [Scene(p) for p in sorted(glob.glob(os.path.join(HERE, "scenes", "[a-z]*.py")))]
    return [s for s in scenes if pattern is None or re.search(pattern, s.name)]


def arguments():
    p = argparse.ArgumentParser(description="run the lab's scenes")
    p.add_argument("-k", metavar="PATTERN")
    p.add_argument("-j", type=int, default=2, metavar="N")
    p.add_argument("-t", type=float, default=600, metavar="SECONDS")
    p.add_argument("-v", action="store_true")
    p.add_argument("-l", action="store_true")
    return p.parse_args()


def interrupted(sig, _frame):
    raise SystemExit(128 + sig)


def main():
    args = arguments()
    scenes = pick(args.k)
    if args.l:
        print("\n".join(s.name for s in scenes))
        return 0
    if not scenes:
        print(f"no scene matches {args.k!r}", file=sys.stderr)
        return 2
    if os.geteuid() != 0:
        print("the lab needs root (network namespaces, TUN): run it with sudo", file=sys.stderr)
        return 2
    for sig in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, interrupted)
    with tempfile.TemporaryDirectory(prefix="homeward-lab-run-") as out_dir:
        failed = run_all(scenes, args.j, args.t, args.v, out_dir)
    print(f"{len(scenes) - len(failed)} passed, {len(failed)} failed" + (": " + " ".join(failed) if failed else ""))
    if all(s.is_skipped() for s in scenes):
        return SKIPPED
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
