# SPDX-License-Identifier: MIT
"""What the C files of a build need of each other, by the symbols of their object files."""
import json
import os
import re
import subprocess
from collections import defaultdict

DEFINED = set("ABCDGRSTVWi")    # nm's letters for symbols that other files can use
TOPS = ("lib", "certs", "client", "home-server", "mux", "relay")


def object_files(build):
    """{source: object file} of the libraries and programs, of whatever is built more than once the first."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as f:
        entries = json.load(f)
    found = {}
    for entry in entries:
        source = os.path.relpath(entry["file"])
        at = re.search(r" -o (\S+)", entry["command"])
        if source.split("/")[0] in TOPS and at:
            found.setdefault(source, os.path.join(entry["directory"], at.group(1)))
    return found


def symbols(path):
    """(defined, needed) names of one object file."""
    out = subprocess.run(["nm", "-P", "-g", path], check=True, text=True, stdout=subprocess.PIPE).stdout
    defined, needed = set(), set()
    for line in out.splitlines():
        name, letter = line.split()[:2]
        if letter in DEFINED:
            defined.add(name)
        elif letter == "U":
            needed.add(name)
    return defined, needed


def rooms(build):
    """{folder: {source: sources of the same folder that it needs}}"""
    by_room = defaultdict(dict)
    for source, path in object_files(build).items():
        by_room[os.path.dirname(source)][source] = symbols(path)
    graphs = {}
    for room, files in sorted(by_room.items()):
        owner = {name: source for source, (defined, _) in files.items() for name in defined}
        graphs[room] = {source: {owner[n] for n in needed if n in owner} - {source}
                        for source, (_, needed) in files.items()}
    return graphs


def circles(graph):
    """The sets of files that need each other, directly or by others (strongly connected components, Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(v):
        index[v] = low[v] = len(index)
        stack.append(v)
        for w in sorted(graph[v]):
            if w not in index:
                visit(w)
                low[v] = min(low[v], low[w])
            elif w in stack:
                low[v] = min(low[v], index[w])
        if low[v] == index[v]:
            at = stack.index(v)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for v in sorted(graph):
        if v not in index:
            visit(v)
    return found


def shown(circle, graph):
    """One circle as text: its files, and what each needs of the others."""
    names = {f: os.path.basename(f) for f in circle}
    return "\n".join(f"    {names[f]} needs {', '.join(sorted(names[g] for g in graph[f] if g in names))}" for f in circle)
