#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`examples/demo hotel`, to its end: each of its facts holds."""
import subprocess
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

from netlab import LabError
from scenekit import check, main

STORY = __file__.rsplit("/", 2)[0] + "/story.py"


def scene(lab):
    demo = subprocess.run(["/usr/bin/python3", "-B", STORY, "hotel"], capture_output=True, text=True, timeout=120)
    if demo.returncode != 0:
        raise LabError(f"examples/demo hotel:\n{demo.stdout[-4000:]}{demo.stderr}")
    check(True, demo.stdout.splitlines()[-1])


if __name__ == "__main__":
    main(scene)
