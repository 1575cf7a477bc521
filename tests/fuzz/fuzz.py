#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fuzz.py --bin DIR (--runs N | --minutes N) [-j N] [-k PATTERN] [TARGET...]

--runs N     the kept corpus, then N inputs made from it with a fixed seed: the same inputs on every machine, whatever
             else it does. What it finds is not kept.
--minutes N  random search, N minutes for each target. New inputs are kept in DIR/../../corpus/TARGET and are the
             start of the next search; what fails is written beside it, and the exit status is 1.
"""
import argparse
import ctypes
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
SEED, MAX_LEN, HANGS_S = 1, 4096, 60
ADDR_NO_RANDOMIZE = 0x0040000       # personality(2)


def kept_inputs(target):
    folder = os.path.join(HERE, "corpus", target)
    return sorted(os.path.join(folder, name) for name in os.listdir(folder)) if os.path.isdir(folder) else []


def command(args, target):
    words = os.path.join(HERE, target + ".dict")
    return ([os.path.join(args.bin, "fuzz_" + target), f"-max_len={MAX_LEN}", f"-timeout={HANGS_S}"] +
            ([f"-dict={words}"] if os.path.exists(words) else []))


def fixed(args, target):
    """The corpus goes in by name: the order of a directory differs from machine to machine. libFuzzer learns from the
    operands of comparisons, which may be addresses."""
    kept = kept_inputs(target)
    ctypes.CDLL(None).personality(ADDR_NO_RANDOMIZE)
    with tempfile.TemporaryDirectory(prefix="hw-fuzz-") as scratch:
        inputs = ["-seed_inputs=" + ",".join(kept)] if kept else []
        return subprocess.run([*command(args, target), f"-seed={SEED}", f"-runs={args.runs}", "-reload=0", *inputs,
                               f"-artifact_prefix={args.found}/{target}-", scratch], check=False)


def search(args, target):
    folder = os.path.join(args.found, target)
    os.makedirs(folder, exist_ok=True)
    kept = os.path.join(HERE, "corpus", target)
    return subprocess.run([*command(args, target), f"-max_total_time={round(60 * args.minutes)}", folder,
                           f"-artifact_prefix={args.found}/{target}-", *([kept] if os.path.isdir(kept) else [])],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def report(target, done):
    text = (done.stdout or b"").decode(errors="replace").splitlines()
    if done.returncode != 0:
        print("\n".join(text[-40:]))
    last = [line for line in text if line.startswith("Done ")]
    print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {target}  {last[0] if last else ''}", flush=True)
    return done.returncode == 0


def targets(args):
    built = sorted(name[5:] for name in os.listdir(args.bin) if name.startswith("fuzz_"))
    return args.targets or [t for t in built if re.search(args.k, t)]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--bin", required=True, help="where the targets are: build-fuzz/bin/fuzz")
    how = p.add_mutually_exclusive_group(required=True)
    how.add_argument("--runs", type=int)
    how.add_argument("--minutes", type=float)
    p.add_argument("-j", type=int, default=os.cpu_count())
    p.add_argument("-k", default="", metavar="PATTERN", help="only targets whose name matches")
    p.add_argument("targets", nargs="*", metavar="TARGET")
    args = p.parse_intermixed_args()
    args.found = os.path.join(os.path.abspath(args.bin), "..", "..", "corpus")
    args.found = os.path.normpath(args.found)
    os.makedirs(args.found, exist_ok=True)
    if args.runs is not None:
        return 1 if [t for t in targets(args) if fixed(args, t).returncode != 0] else 0
    with ThreadPoolExecutor(max(1, args.j)) as pool:
        chosen = targets(args)
        good = [report(t, done) for t, done in zip(chosen, pool.map(lambda t: search(args, t), chosen))]
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
