"""What a store can do with which nats-server: one table, told in /sync, by the doctor and in the log."""

from __future__ import annotations

from collections.abc import Mapping

Version = tuple[int, int, int]

OLDEST = (2, 10)
"""The first on which a stream can begin at a given position, and a consumer can have several filters."""

LACKS: Mapping[tuple[int, int], str] = {  # the first that has it -> what is missing before
    (2, 11): "no batched reading: after a restore the events that head office has are fetched one by one",
    (2, 12): "no atomic batches: a backlog drains one event at a time, slowly where head office always syncs its disk",
    (
        2,
        14,
    ): "no consumer reset: after a crash commands wait for half a minute, and a price list whose parts come "
    "after a restart of the store has to be sent again",
}


def named(version: Version) -> str:
    """The server as people call it."""
    return f"nats-server {'.'.join(str(part) for part in version)}"


def is_too_old(version: Version) -> bool:
    """Whether nothing works with it."""
    return version[:2] < OLDEST


def lacks(version: Version) -> list[str]:
    """What a store has to do without; all else works."""
    return [missing for since, missing in LACKS.items() if version[:2] < since]
