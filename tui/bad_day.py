"""What a store says on a bad day, for pictures of it: a healthy one has no dead letter, no fork and no head office.

`tests/tui` holds these answers against a real store's.
"""

from __future__ import annotations

from collections.abc import Mapping

from tui.client import Client, Json, Query

AT = "2026-11-24T09:30:00.000000Z"
SAGA = "019aa9f0-5a10-7cc3-9d2b-6a4f0c1e2b3d"
LETTER: Json = {
    "id": 7, "queue": "sagas", "actor": "run_saga_step", "state": "dead", "saga_id": SAGA, "attempts": 12, "kills": 2,
    "error": "TimeoutError: the carrier gave no answer",
    "traceback": "Traceback (most recent call last):\n  in call\nTimeoutError: the carrier gave no answer",
    "enqueued_at": AT, "failed_at": AT, "bytes": 48, "body": '{"saga_id": "019aa9f0", "step": "ship"}',
}  # fmt: skip
ALONE: Json = LETTER | {
    "id": 8, "queue": "default", "actor": "print_label", "saga_id": None, "kills": 0, "error": "no paper",
    "traceback": None, "bytes": 2, "body": "{}",
}  # fmt: skip
PROBLEMS: tuple[tuple[str, str, str, str, str | None], ...] = (
    ("disk-full", "critical", "The disk is full", "Free some space: nothing can be booked until then.", None),
    ("sagas-stuck", "warning", "Orders need a decision", "Try all again, or decide.", "retry-sagas"),
    ("dead-letters", "warning", "Messages have given up", "Try all again, or decide.", "retry-dead-letters"),
    ("incarnation", "notice", "The store began a new life", "Make sure that no other box runs as this store.", None),
)
SYNC: Json = {
    "enabled": True, "connected": False, "server": None, "lacks": [], "url": "tls://hq.example.org:4222",
    "store_id": "store-1", "incarnation": 2, "position": 4_711, "acknowledged": 4_200, "compared": 4_200,
    "backlog": {"events": 511, "bytes": 402_310, "oldest_recorded_at": AT}, "rate": 0.0, "drained_in_seconds": None,
    "paused": True, "claim": None, "batches": 0, "refused": {"count": 0, "last": None},
    "trouble": {
        "code": "hq-stream-missing", "title": "Head office has no stream for this life of the log",
        "detail": "STORE_store-1_2 is not there.",
        "hint": "Run at head office: backroom hq provision store-1 --incarnation 2 --base 4200",
    },
    "down": {
        "commands": {
            "sequence": 12, "waiting": 0, "applied": 11, "refused": 1, "repeated": 0, "read_again": 0,
            "last_refusal": "The command came too late",
        },
        "pricelists": {
            "in_force": {"version": "2026-11"}, "checked_seconds_ago": 3_600.0, "waiting": {}, "refused": [],
        },
        "policies": {"set": [], "checked_seconds_ago": 3_600.0, "refused": []},
        "troubles": [],
        "keys": {"sent": 0, "deleted": 0, "enabled": False},
    },
}  # fmt: skip


def _problem(kind: str, severity: str, title: str, next_step: str, fix: str | None) -> Json:
    detail = "2 of them." if fix else "Since this morning."
    action = {"method": "POST", "path": f"/api/v1/problems/{kind}/fix"} if fix else None
    told = {"title": title, "subject": kind, "detail": detail, "since": AT, "next_step": next_step}
    return {"problem_id": kind, "kind": kind, "severity": severity, **told, "fix": fix, "action": action}


SAID: Mapping[str, Json] = {
    "/dead-letters": {"items": [ALONE, LETTER], "next_cursor": None},
    "/problems": {
        "items": [_problem(*each) for each in PROBLEMS], "next_cursor": None,
        "autonomy": {"reason": "disk", "days": 0.0},
    },
    "/sync": SYNC,
}  # fmt: skip


class BadDay(Client):
    """A way to the store on which some answers are those of a bad day."""

    async def get(self, path: str, query: Query | None = None, *, age: int | None = None) -> Json:
        """What is said on such a day, or what the store says."""
        return SAID[path] if path in SAID else await super().get(path, query, age=age)
