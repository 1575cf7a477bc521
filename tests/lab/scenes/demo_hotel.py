#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`examples/demo hotel`, told to the end: each of its facts holds."""
import subprocess
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import LabError
from scenekit import check, main

STORY = __file__.rsplit("/", 2)[0] + "/story.py"


def scene(lab):
    told = subprocess.run(["/usr/bin/python3", "-B", STORY, "hotel"], capture_output=True, text=True, timeout=120)
    if told.returncode != 0:
        raise LabError(f"examples/demo hotel:\n{told.stdout[-4000:]}{told.stderr}")
    check(True, told.stdout.splitlines()[-1])


if __name__ == "__main__":
    main(scene)
