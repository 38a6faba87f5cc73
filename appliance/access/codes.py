"""One-time codes: somebody who may makes one, somebody else types it within minutes, once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from appliance.access.refusals import CodeRefused
from appliance.access.secret import code, hashed_code
from appliance.application.ports import UnitOfWork
from appliance.eventstore.uptime import Moment

ENROLMENT, PIN = "enrolment", "pin"
DEFAULT_MINUTES, MOST_MINUTES = 10, 60
MINUTE_MS = 60_000


def make(uow: UnitOfWork, purpose: str, subject: Mapping[str, Any], minutes: int, now: Moment) -> str:
    """A new code for one purpose; codes that have run out are cleared away."""
    fresh = code()
    uow.execute(
        "DELETE FROM one_time_codes WHERE boot <> ? OR ? - made_ms > lifetime_ms OR made_ms > ?",
        (now.boot, now.ms, now.ms),
    )
    uow.execute(
        "INSERT INTO one_time_codes VALUES (?,?,?,?,?,?)",
        (hashed_code(fresh), purpose, json.dumps(subject), now.boot, now.ms, minutes * MINUTE_MS),
    )
    return fresh


def spend(uow: UnitOfWork, purpose: str, typed: str, now: Moment) -> dict[str, Any]:
    """What a code was made for; it holds no longer from here on. Raises CodeRefused."""
    key = hashed_code(typed)
    rows = uow.query(
        "SELECT purpose, subject, boot, made_ms, lifetime_ms FROM one_time_codes WHERE code_hash = ?", (key,)
    )
    if not rows:
        raise CodeRefused("There is no such code.", at="/code")
    kind, kept, boot, made_ms, lifetime_ms = rows[0]
    if kind != purpose or boot != now.boot or not 0 <= now.ms - made_ms <= lifetime_ms:
        raise CodeRefused("There is no such code.", at="/code")
    uow.execute("DELETE FROM one_time_codes WHERE code_hash = ?", (key,))
    subject: dict[str, Any] = json.loads(kept)
    return subject
