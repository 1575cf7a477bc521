#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check.py WHAT [--build DIR] [FOLDER]

format        clang-format changes nothing
licence       every source has its SPDX line where it belongs
layers        libuv and what else does input and output is named in lib/io and the programs alone
size          no C file above 400 lines (a list of tests: 650), no function above 80
declarations  a blank line follows the declarations that open a function; --fix inserts it
shell         shellcheck reports nothing
python        pyflakes reports nothing
circles       within a folder of lib, and within a program, no two C files need each other, directly or by others:
              by nm over the object files of --build
cppcheck      of FOLDER
tidy          clang-tidy, of FOLDER, by the compile commands of --build; --deep: as far as clang's analyser goes, which
              takes five times as long
figures       no check: files in each folder, circles, static functions with one caller (needs universal-ctags)
"""
import argparse
import json
import os
import re
import subprocess
import sys

import declarations
import figures
import objects

SPDX = "SPDX-License-Identifier: MIT"
MAX_FILE, MAX_TEST_FILE, MAX_FUNCTION = 400, 650, 80
PURE = ("lib/base/", "lib/proto/", "lib/core/", "tests/sim/")
# Rooms that still have circles; all others must have none.
WITH_CIRCLES = ()
# Of clang's analyser, for each function; its own limit is 225,000. Where it stops is the same in every run.
NODES = ("-Xclang", "-analyzer-config", "-Xclang", "max-nodes=30000")
FOREIGN = re.compile(r'#include\s+[<"](uv\.h|ares\.h|jansson\.h|cap-ng\.h|linux/(if_tun|netlink|rtnetlink)\.h|io/)')


def sources():
    """What git knows of, or would."""
    listed = subprocess.run(["git", "-c", f"safe.directory={os.getcwd()}", "ls-files", "-co", "--exclude-standard"],
                            check=True, text=True, stdout=subprocess.PIPE).stdout.splitlines()
    return sorted(f for f in set(listed) if os.path.isfile(f))


def first_lines(path, n):
    with open(path, encoding="utf-8", errors="replace") as f:
        return [f.readline() for _ in range(n)]


def kind(path):
    """c, shell, python, cmake or None."""
    name = os.path.basename(path)
    if path.endswith((".c", ".h")):
        return "c"
    if name == "CMakeLists.txt" or path.endswith(".cmake"):
        return "cmake"
    if path.endswith(".py"):
        return "python"
    if path.endswith(".sh"):
        return "shell"
    top = first_lines(path, 1)[0]
    if top.startswith("#!"):
        return "python" if "python" in top else "shell" if re.search(r"\b(ba)?sh\b", top) else None
    return None


def of_kind(*kinds):
    return [f for f in sources() if kind(f) in kinds]


def run(*command):
    return subprocess.run(command, check=False).returncode == 0


def complain(problems):
    for p in problems:
        print(p)
    return not problems


def check_format(_args):
    return run("clang-format", "--dry-run", "--Werror", *of_kind("c"))


def check_licence(_args):
    bad = []
    for f in of_kind("c", "cmake", "python", "shell"):
        lines = first_lines(f, 1 if kind(f) == "c" else 2)
        if not any(SPDX in line for line in lines):
            bad.append(f"{f}:1: '{SPDX}' is missing")
    return complain(bad)


def check_layers(_args):
    bad = []
    for f in of_kind("c"):
        if not f.startswith(PURE):
            continue
        with open(f, encoding="utf-8") as text:
            bad += [f"{f}:{n}: {line.strip()}: not in this layer"
                    for n, line in enumerate(text, 1) if FOREIGN.search(line)]
    return complain(bad)


def long_functions(path, lines):
    """By the house's form: a body begins and ends with a brace in the first column."""
    start = None
    for n, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = n
        elif line.startswith("}") and start:
            if n - start - 1 > MAX_FUNCTION:
                yield f"{path}:{start}: a function of {n - start - 1} lines; at most {MAX_FUNCTION}"
            start = None


def check_size(_args):
    bad = []
    for f in of_kind("c"):
        with open(f, encoding="utf-8") as text:
            lines = text.readlines()
        most = MAX_TEST_FILE if "/test_" in f else MAX_FILE
        if len(lines) > most:
            bad.append(f"{f}: {len(lines)} lines; at most {most}")
        bad += long_functions(f, lines)
    return complain(bad)


def check_declarations(args):
    bad = []
    for f in of_kind("c"):
        with open(f, encoding="utf-8") as source:
            text = source.read()
        found = declarations.places(text)
        if found and args.fix:
            with open(f, "w", encoding="utf-8") as out:
                out.write(declarations.fixed(text))
        elif found:
            bad += [f"{f}:{n}: a blank line belongs after the declarations" for n in found]
    return complain(bad)


def check_circles(args):
    graphs = objects.rooms(args.build)
    held = True
    for room, graph in graphs.items():
        for circle in objects.circles(graph):
            bound = room not in WITH_CIRCLES
            held = held and not bound
            print(f"{room}: {len(circle)} files need each other{'' if bound else ' (known)'}:")
            print(objects.shown(circle, graph))
    stale = [room for room in WITH_CIRCLES if room not in graphs or not objects.circles(graphs[room])]
    return complain([f"{room} has no circle any more: take it off the list" for room in stale]) and held and bool(graphs)


def check_figures(args):
    print(figures.text(args.build))
    return True


def check_shell(_args):
    return run("shellcheck", "--severity=warning", *of_kind("shell"))


def check_python(_args):
    return run("pyflakes3", *of_kind("python"))


def check_cppcheck(args):
    return not any(f.startswith(args.folder + "/") for f in of_kind("c")) or run(
        "cppcheck", "--quiet", "--enable=warning,performance,portability", "--std=c11", "--error-exitcode=1",
        "--inline-suppr", "--suppress=missingIncludeSystem", "--suppress=unknownMacro", "--suppress=ctuuninitvar",
        "-D_GNU_SOURCE",
        '-DHOMEWARD_VERSION="0"', "-D__x86_64__", "-I", "lib", "-I", "tests/unit", "--template=gcc", args.folder)


def check_tidy(args):
    with open(os.path.join(args.build, "compile_commands.json"), encoding="utf-8") as f:
        built = {os.path.relpath(entry["file"]) for entry in json.load(f)}
    mine = sorted(f for f in built if f.startswith(args.folder + "/"))
    limit = [] if args.deep else [f"--extra-arg={a}" for a in NODES]
    return not mine or run("clang-tidy", "-p", args.build, "--quiet", *limit, *mine)


def main():
    checks = {name[6:]: f for name, f in globals().items() if name.startswith("check_")}
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("what", choices=sorted(checks))
    p.add_argument("folder", nargs="?", default="lib")
    p.add_argument("--build", default="build-dev")
    p.add_argument("--fix", action="store_true")
    p.add_argument("--deep", action="store_true")
    args = p.parse_intermixed_args()
    return 0 if checks[args.what](args) else 1


if __name__ == "__main__":
    sys.exit(main())
