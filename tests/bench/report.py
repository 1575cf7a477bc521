# SPDX-License-Identifier: MIT
"""What was measured: collected row by row, printed as a table, written as JSON."""
import json
import os
import platform
import sys
import time

from netlab import LabError

HEAD = ("measure", "ours", "peer", "ratio", "wanted", "met")


class Job:
    """One run: what is wanted, and what has been found so far."""

    def __init__(self, only=None, quick=False):
        self.only, self.quick = set(only or []), quick
        self.results, self.failures = [], []

    def wants(self, *names):
        return not self.only or bool(self.only & set(names))

    def say(self, text, end="\n"):
        print(text, end=end, file=sys.stderr, flush=True)

    def add(self, **result):
        """name, measure, unit, ours, peer, ratio, wanted, met (None: not known), and details.
        Without `ours` the row could not be measured: the run as a whole then ends with 1."""
        result.setdefault("peer", None)
        result.setdefault("ratio", None)
        self.results.append(result)
        self.say(f" {result['measure']}: ours {cell(result['ours'], result['unit'])}, "
                 f"peer {cell(result['peer'], result['unit'])}")

    def fail(self, what, error):
        self.failures.append({"what": what, "error": str(error)})
        self.say(f"could not be measured: {what}: {error}")

    def bring_up(self, tunnel):
        """The tunnel, carrying packets; or None, and the failure noted."""
        self.say(f"{tunnel.title}: ", end="")
        try:
            tunnel.up()
            return tunnel
        except (LabError, OSError, ValueError) as e:
            self.fail(tunnel.title, f"{e}\n{tunnel.tails()}")
            tunnel.down()
            return None

    def complete(self):
        return not self.failures and all(r["ours"] is not None for r in self.results)


def cell(value, unit=""):
    if value is None:
        return "-"
    if isinstance(value, int):
        return f"{value} {unit}".strip()
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 3 if unit == "ms" else 2
    return f"{value:.{digits}f} {unit}".strip()


def met(result):
    if not result["wanted"]:
        return ""
    return {True: "yes", False: "NO", None: "not measured"}[result["met"]]


def table(results):
    lines = [HEAD] + [
        (r["measure"], cell(r["ours"], r["unit"]), cell(r["peer"], r["unit"]),
         cell(r["ratio"]), r["wanted"], met(r)) for r in results]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    lines.insert(1, tuple("-" * w for w in widths))
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths)).rstrip() for line in lines)


def summary(job):
    wanted = [r for r in job.results if r["wanted"]]
    missed = [r for r in wanted if r["met"] is not True]
    lines = [f"{len(wanted) - len(missed)} of {len(wanted)} figures wanted were met"]
    lines += [f"  {'not measured' if r['met'] is None else 'not met'}: {r['measure']}: "
              f"wanted {r['wanted']}, ours {cell(r['ours'], r['unit'])}"
              + (f", ratio {cell(r['ratio'])}" if r["ratio"] is not None else "") for r in missed]
    lines += [f"  could not be measured: {f['what']}: {f['error'].splitlines()[0]}" for f in job.failures]
    return "\n".join(lines)


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        models = [line.split(":", 1)[1].strip() for line in f if line.startswith("model name")]
    return {"cpu": models[0] if models else "", "cpus": os.cpu_count(), "kernel": platform.release(),
            "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def write_json(job, path):
    with open(path, "w", encoding="ascii") as f:
        json.dump({"machine": machine(), "quick": job.quick, "results": job.results,
                   "failures": job.failures}, f, indent=1)
        f.write("\n")
