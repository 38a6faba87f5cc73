"""Snapshots of long streams: a shortcut that is ignored, never trusted, when anything about it is off."""

from __future__ import annotations

import sqlite3
import zlib
from dataclasses import fields, is_dataclass
from typing import TypeVar

import msgspec

T = TypeVar("T")

SNAPSHOT_EVERY = 100  # events folded past the last snapshot before a new one is worth a row


def shape(state: type) -> str:
    """Names a state class and its fields: another shape means another program, and the snapshot is ignored."""
    names = ",".join(f"{f.name}:{f.type}" for f in fields(state)) if is_dataclass(state) else ""
    return f"{state.__name__}({names})"


def _checksum(stream_id: str, version: int, text: str) -> int:
    return zlib.crc32(f"{stream_id}\n{version}\n{text}".encode())


def read_snapshot(db: sqlite3.Connection, stream_id: str, state: type[T], newest: int) -> tuple[T | None, int]:
    """The snapshot's state and version, or (None, 0) where there is none fit for a stream that ends at `newest`."""
    row = db.execute(
        "SELECT version, shape, state, checksum FROM aggregate_snapshots WHERE stream_id = ?", (stream_id,)
    ).fetchone()
    if row is None or row[0] > newest or row[1] != shape(state) or row[3] != _checksum(stream_id, row[0], row[2]):
        return None, 0
    try:
        return msgspec.json.decode(row[2], type=state), row[0]
    except msgspec.DecodeError:
        return None, 0


def write_snapshot(db: sqlite3.Connection, stream_id: str, version: int, state: object) -> None:
    """Keep a state as the stream's newest snapshot, in the open transaction."""
    text = msgspec.json.encode(state).decode()
    db.execute(
        "INSERT INTO aggregate_snapshots VALUES (?,?,?,?,?) ON CONFLICT(stream_id) DO UPDATE SET "
        "version=excluded.version, shape=excluded.shape, state=excluded.state, checksum=excluded.checksum",
        (stream_id, version, shape(type(state)), text, _checksum(stream_id, version, text)),
    )
