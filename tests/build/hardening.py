#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hardening.py PROGRAM - does the program carry every protection that cmake/flags.cmake asks for?"""
import platform
import re
import subprocess
import sys

ENDBR64 = bytes.fromhex("f30f1efa")


def readelf(program, *options):
    return subprocess.run(["readelf", "-W", *options, program], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def code_at(program, address, n):
    """n octets of the file at a virtual address, by the section that holds it."""
    for line in readelf(program, "-S").splitlines():
        m = re.match(r"\s*\[\s*\d+\]\s+\.text\s+PROGBITS\s+(\w+)\s+(\w+)\s+(\w+)", line)
        if m:
            start, offset, size = (int(x, 16) for x in m.groups())
            if start <= address < start + size:
                with open(program, "rb") as f:
                    f.seek(offset + address - start)
                    return f.read(n)
    return b""


def main_address(program):
    m = re.search(r"^\s*\d+:\s+(\w+)\s+\d+\s+FUNC\s+GLOBAL\s+\w+\s+\d+\s+main$", readelf(program, "-s"), re.M)
    return int(m.group(1), 16) if m else 0


def checks(program):
    """(what, is it so)"""
    dynamic, headers = readelf(program, "-d"), readelf(program, "-l")
    symbols, notes = readelf(program, "--dyn-syms"), readelf(program, "-n")
    yield "position independent (PIE)", bool(re.search(r"FLAGS_1.*\bPIE\b", dynamic))
    yield "relocations read-only (RELRO)", "GNU_RELRO" in headers
    yield "bound at start (BIND_NOW)", bool(re.search(r"\(FLAGS\).*BIND_NOW|FLAGS_1.*\bNOW\b", dynamic))
    yield "no executable stack", bool(re.search(r"GNU_STACK.* RW +0x", headers))
    yield "no writable and executable segment", not re.search(r"LOAD.* RWE ", headers)
    yield "no search path of its own (RPATH)", "RPATH" not in dynamic and "RUNPATH" not in dynamic
    yield "stack protector", "__stack_chk_fail" in symbols
    yield "checked copies (FORTIFY_SOURCE)", bool(re.search(r"__\w+_chk\b", symbols.replace("__stack_chk", "")))
    if platform.machine() == "x86_64":
        yield "landing pads for indirect branches (CET IBT)", \
            code_at(program, main_address(program), 4) == ENDBR64
        yield "shadow stack (CET SHSTK)", "SHSTK" in notes


def main():
    failed = 0
    for what, so in checks(sys.argv[1]):
        print(f"{'ok  ' if so else 'FAIL'} {what}")
        failed += not so
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
