"""Deciding at start whether this is still the same life of the log.

A life goes on only if the file is the one it was bound to and the log reaches what was acknowledged. Otherwise a new
incarnation begins before the first number is issued: its receipt numbers and its stream at head office are its own,
so nothing issued in the lost or copied life can ever be issued again.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from appliance.eventstore import log
from appliance.eventstore.head import Head, HeadReading
from appliance.eventstore.identity import RESTORED, Identity


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a new incarnation must begin, in a word for the log and a sentence for people."""

    cause: str
    detail: str
    lost_after: int | None = None
    lost_until: int | None = None


def judge(db: sqlite3.Connection, reading: HeadReading, then: Identity | None, now: Identity) -> Verdict | None:
    """The verdict, or None where the life goes on. An empty log is always at the start of its first life."""
    end = log.last(db)
    if end.position == 0 and (reading.head is None or reading.head.position == 0):
        return None
    return _lost_tail(db, reading, end) or _moved(then, now)


def _lost_tail(db: sqlite3.Connection, reading: HeadReading, end: Head) -> Verdict | None:
    head = reading.head
    if head is None:
        why = "is missing" if reading.missing else "is damaged in both slots"
        return Verdict("head-lost", f"The head file {why}, so nothing proves that the log is whole.")
    if head.position > end.position:
        lost = head.position - end.position
        detail = (
            f"{lost} acknowledged event(s) after position {end.position} are gone from the database: "
            f"the disk lost them or an older file was put back."
        )
        return Verdict("cut", detail, end.position, head.position)
    if log.hash_at(db, head.position) != head.hash:
        detail = f"The log does not hold what was acknowledged at position {head.position}: it is another log's file."
        return Verdict("diverged", detail)
    return None


def _moved(then: Identity | None, now: Identity) -> Verdict | None:
    if then is None:
        return Verdict("copied", "Nothing says which machine and file this log belongs to.")
    if then.machine.startswith(RESTORED):
        return Verdict("restored", f"The store was restored from the backup {then.machine.removeprefix(RESTORED)}.")
    if then.machine != now.machine:
        return Verdict("copied", "The data directory comes from another machine.")
    if then.inode != now.inode or then.mark != now.mark:
        return Verdict("copied", "The database file was copied or restored.")
    return None
