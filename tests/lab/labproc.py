# SPDX-License-Identifier: MIT
"""Processes in hosts, and prepared batches of `ip` commands."""
import os
import re
import signal
import subprocess

from labbase import PATIENCE_S, LabError, argv_of, full_env, wait_until


class Proc:
    """A process started in a host, leader of its own process group, output in a log file."""

    def __init__(self, host, cmd, name, env=None, stdin=subprocess.DEVNULL):
        self.name = name
        self.argv = argv_of(cmd)
        self.log = host.lab.log_path(f"{host.name}-{name}")
        with open(self.log, "wb") as out:
            self.popen = subprocess.Popen(
                host.enter + self.argv, stdin=stdin, stdout=out, stderr=subprocess.STDOUT,
                env=full_env(env), start_new_session=True)
        self.pid = self.popen.pid

    def alive(self):
        return self.popen.poll() is None

    def kill(self, sig=signal.SIGTERM):
        """Signal the process group; harmless when it is gone."""
        try:
            os.killpg(self.pid, sig)
        except ProcessLookupError:
            pass

    def wait(self, timeout=PATIENCE_S):
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise LabError(f"{self.name} did not end within {timeout} s:\n{self.tail()}") from None

    def stop(self):
        """SIGTERM and wait; returns the exit status."""
        self.kill(signal.SIGTERM)
        return self.wait()

    def write_line(self, line):
        """Write one line to the process (started with stdin=subprocess.PIPE)."""
        self.popen.stdin.write((line + "\n").encode())
        self.popen.stdin.flush()

    def text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def tail(self, lines=15):
        return "\n".join(self.text().splitlines()[-lines:])

    def wait_text(self, text):
        """Wait until the log holds `text`."""
        wait_until(lambda: text in self.text() or self._gone(text), f"{self.name} to say {text!r}")

    def _gone(self, text):
        if not self.alive() and text not in self.text():
            raise LabError(f"{self.name} ended ({self.popen.returncode}) before saying {text!r}:\n{self.tail()}")
        return False

    def cpu_s(self):
        """User and system time used so far, in seconds."""
        with open(f"/proc/{self.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_kib(self):
        """Resident memory in KiB."""
        with open(f"/proc/{self.pid}/status") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


class Batch:
    """A prepared `ip -batch`: the program waits in the host already, go() only feeds it.  Joining it
    takes under a millisecond, which matters where the gap of a move is measured."""

    def __init__(self, host, lines):
        self.what = f"{host.name}: " + "; ".join(lines)
        self.data = ("\n".join(lines) + "\n").encode()
        self.popen = subprocess.Popen(["ip", "-n", host.ns, "-batch", "-"], stdin=subprocess.PIPE,
                                      stderr=subprocess.PIPE)

    def feed(self):
        self.popen.stdin.write(self.data)
        self.popen.stdin.close()

    def finish(self):
        err = self.popen.stderr.read().decode(errors="replace")
        self.popen.stderr.close()
        if self.popen.wait(PATIENCE_S) != 0:
            raise LabError(f"ip -batch failed in {self.what}\n{err}")

    def go(self):
        self.feed()
        self.finish()

    def drop(self):
        """Not needed after all."""
        self.popen.kill()
        self.popen.wait()
        self.popen.stdin.close()
        self.popen.stderr.close()


def go_together(*batches):
    """Carry out prepared batches at the same instant."""
    for b in batches:
        b.feed()
    for b in batches:
        b.finish()
