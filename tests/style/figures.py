# SPDX-License-Identifier: MIT
"""Figures of the tree's form: files in each folder, circles among them, static functions with one caller."""
import os
import re
import subprocess
from collections import Counter

import objects

TOPS = ("lib", "certs", "client", "home-server", "mux", "relay")


def c_files():
    listed = subprocess.run(["git", "-c", f"safe.directory={os.getcwd()}", "ls-files", "*.c", "*.h"], check=True,
                            text=True, stdout=subprocess.PIPE).stdout.splitlines()
    return [f for f in listed if f.split("/")[0] in TOPS]


def static_functions(files):
    """{(file, name)} of the functions that only their file can call, by ctags."""
    out = subprocess.run(["ctags", "-x", "--_xformat=%F\t%N\t%{file}", "--kinds-C=f", "--fields=+f", *files], check=True,
                         text=True, stdout=subprocess.PIPE).stdout
    rows = [line.split("\t") for line in out.splitlines()]
    return {(path, name) for path, name, local in rows if local == "file"}


def code_of(path):
    with open(path, encoding="utf-8") as f:
        return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', " ", f.read(), flags=re.DOTALL)


def uses(code, name):
    """(calls, other mentions, as in a table) of a function, beyond where it is declared or defined: there a type
    stands before it."""
    called = len(re.findall(rf"\b{name}\(", code))
    declared = len(re.findall(rf"^(?:static|inline|[a-z_]\w*)\b[^;={{}}()]*\b{name}\(", code, re.M))
    return called - declared, len(re.findall(rf"\b{name}\b", code)) - called


def callers(files):
    """Counter of (calls, other mentions) of all static functions."""
    counted, texts = Counter(), {}
    for path, name in static_functions([f for f in files if f.endswith(".c")]):
        code = texts.setdefault(path, code_of(path))
        counted[uses(code, name)] += 1
    return counted


def text(build):
    files = c_files()
    lines = ["files in each folder (.c and .h):"]
    lines += [f"    {n:4d}  {folder}" for folder, n in sorted(Counter(map(os.path.dirname, files)).items())]
    lines.append("circles (C files of one folder that need each other):")
    graphs = objects.rooms(build)
    found = [(room, len(c), len(g)) for room, g in graphs.items() for c in objects.circles(g)]
    lines += [f"    {n:4d}  of the {of} in {room}" for room, n, of in found] or ["    none"]
    counted = callers(files)
    total, single = sum(counted.values()), counted[1, 0]
    lines.append(f"static functions: {total}; called from one place, and used nowhere else: {single} "
                 f"({100 * single / max(total, 1):.0f} %)")
    return "\n".join(lines)
