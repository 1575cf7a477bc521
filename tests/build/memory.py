#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""memory.py PROGRAM - a multiplexer that runs has locked all its memory, also what it allocates later, or its log says
why it has not; and only root may look into it. In builds with sanitizers mlockall() does nothing: so this is of the
release. Skipped where neither is possible: without root there is nothing to compare."""
import os
import re
import subprocess
import sys
import tempfile
import time

SKIPPED, PATIENCE_S = 77, 60
CONF = """[mux]
listen = http://127.0.0.1:{port}
user = root
[target home]
address = 127.0.0.1:9
"""


def kib(pid, field):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(rf"^{field}:\s+(\d+) kB", f.read(), re.M).group(1))


def wait_ready(proc, log):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and proc.poll() is None:
        with open(log, encoding="utf-8") as f:
            text = f.read()
        if "serving" in text:
            return text
        time.sleep(0.02)
    with open(log, encoding="utf-8") as f:
        sys.exit(f"it does not serve: {f.read()}")


def main():
    if os.geteuid() != 0:
        print("skipped: needs root")
        sys.exit(SKIPPED)
    failed = []
    with tempfile.TemporaryDirectory() as tmp:
        conf, log = os.path.join(tmp, "mux.conf"), os.path.join(tmp, "log")
        with open(conf, "w", encoding="ascii") as f:
            f.write(CONF.format(port=20000 + os.getpid() % 20000))
        with open(log, "w", encoding="utf-8") as out:
            proc = subprocess.Popen([sys.argv[1], "run", "-c", conf, "--control", os.path.join(tmp, "sock")], stderr=out)
        try:
            text = wait_ready(proc, log)
            locked, size = kib(proc.pid, "VmLck"), kib(proc.pid, "VmSize")
            print(f"{locked} of {size} KiB are locked")
            if locked < size * 0.9 and "memory is not locked" not in text:
                failed.append("neither locked nor said why")
            if locked and "memory is not locked" in text:
                failed.append("locked, and the log denies it")
            if subprocess.run(["setpriv", "--reuid", "nobody", "--clear-groups", "cat", f"/proc/{proc.pid}/maps"],
                              capture_output=True).returncode == 0:
                failed.append("others may look into its memory")
        finally:
            proc.terminate()
            proc.wait(PATIENCE_S)
    print("\n".join(failed) or "nothing wrong")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
