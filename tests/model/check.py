#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""check.py MODEL [FLAW...]: SPIN examines a model of docs/model in all orders of events.

Without a flaw no claim may fail; with one, a claim has to.  Either way everything within the model's bounds must have
been searched, or the claim found to fail: a search that was cut off proves nothing.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

DEPTH, MEMORY_MB = 1_000_000, 2048


def run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def examine(model, flaws, folder):
    shutil.copy(model, folder)
    for command in (["spin", *(f"-D{f}" for f in flaws), "-a", os.path.basename(model)],
                    ["cc", "-w", "-O2", "-DSAFETY", f"-DMEMLIM={MEMORY_MB}", "-o", "pan", "pan.c"]):
        code, said = run(*command, cwd=folder)
        if code:
            sys.exit(f"{' '.join(command)}: {said}")
    return run("./pan", f"-m{DEPTH}", cwd=folder)[1]


def main():
    model, flaws = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory(prefix="homeward-model.") as folder:
        said = examine(model, flaws, folder)
        found = re.search(r"errors: (\d+)", said)
        if not found or re.search(r"max search depth too small|out of memory|Search not completed", said) and \
                found[1] == "0":
            sys.exit(f"the search was not completed:\n{said}")
        states = re.search(r"(\d+) states, stored", said)
        violated = re.findall(r"assertion violated.*", said)
        print(f"{os.path.basename(model)} {' '.join(flaws)}: {states[1]} states, {violated[0] if violated else 'no claim fails'}")
        if flaws and not violated:
            sys.exit("the flaw goes unnoticed")
        if not flaws and found[1] != "0":
            sys.exit(said)


main()
