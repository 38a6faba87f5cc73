"""The head file: the last acknowledged position and its hash, kept outside the database.

SQLite cannot tell a lost tail from a torn one: a single flipped bit in its WAL silently drops acknowledged commits.
This file can. It has two checksummed slots used in turn, so a torn write leaves the slot before it. Order of an
acknowledgement: COMMIT, write head, answer. It is fsynced at least each second and at a stop: a process crash loses
no slot, a power cut at most the last second's.
"""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_SLOT = struct.Struct("<8sQIQ32sI")  # magic, sequence, incarnation, position, hash, crc32 of what stands before it
_MAGIC = b"BKRMHEAD"
_SLOT_BYTES = 512  # a sector: slots never share one
_SLOTS = 2


class Head(NamedTuple):
    """What was acknowledged last."""

    incarnation: int
    position: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class HeadReading:
    """What the file says at start: the newest good slot, and how many slots are damaged."""

    head: Head | None
    damaged_slots: int
    missing: bool


class HeadFile:
    """Open head file; `write` is called by the writer after every commit, `sync` at least each second."""

    def __init__(self, path: Path) -> None:
        self.missing = not path.exists() or path.stat().st_size == 0
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._sequence = 0
        self.dirty = False

    def read(self) -> HeadReading:
        """The newest undamaged slot; writing goes on in the other one."""
        best: tuple[int, Head] | None = None
        damaged = 0
        for slot in range(_SLOTS):
            raw = os.pread(self._fd, _SLOT.size, slot * _SLOT_BYTES)
            if not any(raw):
                continue
            found = _parse(raw)
            if found is None:
                damaged += 1
            elif best is None or found[0] > best[0]:
                best = found
        self._sequence = best[0] if best else 0
        return HeadReading(best[1] if best else None, damaged, self.missing)

    def write(self, head: Head) -> None:
        """Put `head` in the older slot. Raises OSError: the commit stands, but it must not be acknowledged."""
        self._sequence += 1
        body = _SLOT.pack(_MAGIC, self._sequence, head.incarnation, head.position, head.hash, 0)[:-4]
        os.pwrite(self._fd, body + struct.pack("<I", zlib.crc32(body)), (self._sequence % _SLOTS) * _SLOT_BYTES)
        self.dirty = True

    def sync(self) -> None:
        """Bring what was written to the disk; nothing to do where nothing was."""
        if self.dirty:
            os.fdatasync(self._fd)
            self.dirty = False

    def close(self) -> None:
        """Sync and close."""
        self.sync()
        os.close(self._fd)


def _parse(raw: bytes) -> tuple[int, Head] | None:
    if len(raw) != _SLOT.size:
        return None
    magic, sequence, incarnation, position, digest, crc = _SLOT.unpack(raw)
    if magic != _MAGIC or crc != zlib.crc32(raw[:-4]):
        return None
    return sequence, Head(incarnation, position, digest)
