"""Every kind of problem a store can have, as a repair centre lists them: how bad, in which words, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CRITICAL, WARNING, NOTICE = "critical", "warning", "notice"
SEVERITIES = (CRITICAL, WARNING, NOTICE)
"""Worst first: selling stops or is in danger; something does not work; somebody should look when there is time."""

BACKUP, REBUILD, EMPTY_WAL, MAKE_ROOM = "backup", "rebuild", "empty-wal", "make-room"
RESUME, RETRY_SAGAS, RETRY_LETTERS = "resume", "retry-sagas", "retry-dead-letters"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind; `fix` is what the store can do about it by itself when told to, None where a person has to."""

    severity: str
    title: str
    next_step: str
    fix: str | None = None


KINDS: Mapping[str, Kind] = {
    "disk-full": Kind(CRITICAL, "The disk is full", "Free some space: nothing can be booked until then.", MAKE_ROOM),
    "disk-low": Kind(WARNING, "The disk is filling up", "Free some space, or move the backups elsewhere.", MAKE_ROOM),
    "wal-large": Kind(WARNING, "The write-ahead log is large", "Stop what reads the database for long.", EMPTY_WAL),
    "clock-wrong": Kind(CRITICAL, "The clock is wrong", "Set it: timedatectl set-time, then turn on NTP."),
    "certificate-expires": Kind(WARNING, "The certificate runs out", "Replace it and its key, then restart."),
    "certificate-unreadable": Kind(WARNING, "The certificate cannot be read", "Put a PEM certificate in its place."),
    "head-office-away": Kind(WARNING, "Head office is not reached", "Look at the router; selling goes on."),
    "sync-paused": Kind(NOTICE, "Sending to head office is paused", "Go on: backroom sync resume", RESUME),
    "prices-old": Kind(WARNING, "The price lists may be old", "Look at `backroom sync status`, then call head office."),
    "sagas-stuck": Kind(
        WARNING, "Orders need a decision", "Try all again, or decide: backroom sagas list --status stuck", RETRY_SAGAS
    ),
    "dead-letters": Kind(
        WARNING, "Messages have given up", "Try all again, or decide: backroom dead-letters list", RETRY_LETTERS
    ),
    "backup-old": Kind(WARNING, "The last backup is too old", "Take one: backroom backup create", BACKUP),
    "pins-unset": Kind(NOTICE, "Operators without a PIN", "Set it: backroom operator set-pin ID"),
    "upgrade-stays": Kind(
        WARNING, "The new version does not run well", "It stays, for going back would lose sales: call for help."
    ),
    "upgrade-returned": Kind(
        WARNING, "The former version is back", "It sells on with its data; tell whoever sent the new one."
    ),
    "backup-failed": Kind(WARNING, "A backup was not made", "Correct the cause named, then take one.", BACKUP),
    "rebuild-broke": Kind(WARNING, "A view could not be rebuilt", "Rebuild it again.", REBUILD),
    "damaged-projection": Kind(WARNING, "A view differed from the log", "It is rebuilt; look again.", REBUILD),
    "hq-lost-tail": Kind(NOTICE, "Head office had lost events", "They were sent again; tell head office."),
    "head-damaged": Kind(WARNING, "The head file is damaged", "Run: backroom verify. Watch the disk."),
    "damaged": Kind(CRITICAL, "The store is damaged", "Run: backroom verify. Restore a backup if it stays."),
    "incarnation": Kind(NOTICE, "The store began a new life", "Make sure that no other box runs as this store."),
    "restored": Kind(NOTICE, "The end of the log was restored", "Compare the last receipts with the tills' own."),
    "room-made": Kind(WARNING, "Old backups were given up for room", "Free some space, or move the backups elsewhere."),
    "keys-missing": Kind(WARNING, "Customers' names wait for their keys", "At head office: backroom hq keys hand-over"),
    "finding": Kind(NOTICE, "Something was found", "Read the detail; run: backroom verify"),
}


def kind_of(finding: str) -> str:
    """Which kind a finding is of: its own, or the family that its name begins with."""
    family = finding.partition("-")[0]
    return next((each for each in (finding, family) if each in KINDS), "finding")
