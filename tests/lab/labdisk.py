# SPDX-License-Identifier: MIT
"""A disk that stalls and fails: a file system on a loop device, in a file on a small tmpfs."""
import os
import re

from labbase import LabError, must

SIZE, ROOM, BLOCK = 2 << 20, "3m", 4096


class NoLoopDevice(LabError):
    """The machine can't mount a file as a disk."""


class Disk:
    """Mounted at .path. stall(): the kernel holds every write until go_on(). fail(PATH): that file's blocks can't be
    written, which a sync finds out and not the write, until repair()."""

    def __init__(self, at):
        self.under, self.path = at, os.path.join(at, "disk")
        self.image, self.filler = os.path.join(at, "image"), os.path.join(at, "filler")
        self.stalls = False
        os.makedirs(at)
        must(["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=0711", "hw-lab", at])
        os.makedirs(self.path)
        with open(self.image, "wb") as f:
            f.truncate(SIZE)
        must(["mkfs.ext4", "-q", "-b", str(BLOCK), "-O", "^has_journal", self.image])
        try:
            must(["mount", "-o", "loop", self.image, self.path])
        except LabError as e:
            raise NoLoopDevice(str(e).strip()) from None

    def stall(self):
        must(["fsfreeze", "-f", self.path])
        self.stalls = True

    def go_on(self):
        if self.stalls:
            must(["fsfreeze", "-u", self.path])
        self.stalls = False

    def fail(self, path):
        """Its blocks are taken out of the image, and the tmpfs has no room for them to come back."""
        extents = re.findall(r"^\s*\d+:\s*\d+\.\.\s*\d+:\s*(\d+)\.\.\s*(\d+):", must(["filefrag", "-v", f"-b{BLOCK}", path]), re.M)
        if not extents:
            raise LabError(f"{path} has no blocks")
        for first, last in extents:
            must(["fallocate", "-p", "-o", str(int(first) * BLOCK), "-l", str((int(last) - int(first) + 1) * BLOCK), self.image])
        with open(self.filler, "wb", buffering=0) as f:
            try:
                while True:
                    f.write(bytes(BLOCK))
            except OSError:
                pass

    def repair(self):
        os.unlink(self.filler)
