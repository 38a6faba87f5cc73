"""Disks as a power cut could leave them, built from a record of what was written and what was synced.

Between two syncs of a file the disk may have any of its sectors new or old; a write is torn at 512 bytes. What a
directory holds (creations, renames, removals) becomes durable in order, as journalling file systems do it, and for
sure only when the directory itself is synced. Nothing is assumed of syncing a file to make its name durable.
"""

import random
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

SECTOR = 512
SOURCE = Path(__file__).with_name("disk.c")
_ENTRY = struct.Struct("<cHqq")

Files = dict[str, bytes]


class Op(NamedTuple):
    """One entry of the record; `name` is relative to the directory, and empty for the directory itself."""

    kind: str
    name: str
    number: int
    data: bytes


def build_shim(folder: Path) -> Path:
    """Compile the library to be preloaded."""
    library = folder / "disk.so"
    subprocess.run(
        ["gcc", "-O1", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl", "-lpthread"], check=True, capture_output=True
    )
    return library


def read_record(log: Path, directory: Path) -> list[Op]:
    """The entries of a record, in order."""
    raw, ops, at = log.read_bytes(), list[Op](), 0
    while at < len(raw):
        kind, path_length, number, size = _ENTRY.unpack_from(raw, at)
        at += _ENTRY.size
        path = raw[at : at + path_length].decode()
        at += path_length
        name = path.removeprefix(str(directory)).lstrip("/")
        ops.append(Op(kind.decode(), name, number, raw[at : at + size]))
        at += size
    return ops


@dataclass
class _File:
    durable: bytearray = field(default_factory=bytearray)
    pending: list[Op] = field(default_factory=list)


@dataclass
class Disk:
    """A disk with a cache in front of it: what is on the platter, and what is only on its way."""

    directory: Path
    _names: dict[str, _File] = field(default_factory=dict)
    _open: dict[str, _File] = field(default_factory=dict)
    _moves: list[Op] = field(default_factory=list)

    def apply(self, op: Op) -> None:
        """Let one operation happen in the cache; a sync brings it to the platter."""
        if op.kind in "cur":
            self._moves.append(op)
            _move(self._open, op)
        elif op.kind == "s" and not op.name:
            self._names = dict(self._open)
            self._moves.clear()
        elif op.kind == "s":
            self._sync(self._open[op.name])
        elif op.kind in "wt":
            self._open[op.name].pending.extend(_sectors(op))

    @staticmethod
    def _sync(file: _File) -> None:
        for op in file.pending:
            _write(file.durable, op)
        file.pending.clear()

    def nothing_more(self) -> Files:
        """The cut came before anything unsynced got through."""
        return {name: bytes(file.durable) for name, file in self._names.items()}

    def everything(self) -> Files:
        """All of it had got through."""
        return {name: _content(file, file.pending) for name, file in self._open.items()}

    def something(self, dice: random.Random) -> Files:
        """Any sectors, and the directory up to any of its changes."""
        names = dict(self._names)
        for op in self._moves[: dice.randint(0, len(self._moves))]:
            _move(names, op)
        chance = dice.choice((0.1, 0.5, 0.9))
        return {
            name: _content(file, [op for op in file.pending if dice.random() < chance]) for name, file in names.items()
        }


def _move(names: dict[str, _File], op: Op) -> None:
    if op.kind == "c":
        names[op.name] = names.get(op.name) or _File()
    elif op.kind == "u":
        names.pop(op.name, None)
    else:
        names[op.data.decode().rsplit("/", 1)[-1]] = names.pop(op.name)


def _sectors(op: Op) -> Iterator[Op]:
    if op.kind != "w":
        yield op
        return
    at = 0
    while at < len(op.data):
        size = SECTOR - (op.number + at) % SECTOR
        yield Op("w", op.name, op.number + at, op.data[at : at + size])
        at += size


def _content(file: _File, ops: list[Op]) -> bytes:
    found = bytearray(file.durable)
    for op in ops:
        _write(found, op)
    return bytes(found)


def _write(content: bytearray, op: Op) -> None:
    if op.kind == "t":
        del content[op.number :]
        content.extend(bytes(op.number - len(content)))
        return
    if len(content) < op.number:
        content.extend(bytes(op.number - len(content)))
    content[op.number : op.number + len(op.data)] = op.data
