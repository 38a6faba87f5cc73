"""Who is signed on at which device: in memory by the hash of the session's token, and in the store for a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.application.ports import UnitOfWork
from appliance.eventstore.uptime import Moment

MOST_SESSIONS = 1_000

_SELECT = "SELECT token_hash, session_id, operator_id, role, device_id, opened_at, opened_ms FROM sessions"


@dataclass(slots=True, kw_only=True)
class Session:
    """One operator on one device. `used_ms` moves with every request and stands in memory only."""

    session_id: str
    operator_id: str
    role: str
    device_id: str
    opened_at: str
    opened_ms: int
    used_ms: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts unused, and how long at all."""

    idle_ms: int
    longest_ms: int

    def holds(self, session: Session, now_ms: int) -> bool:
        """Whether the session has not run out."""
        return now_ms - session.used_ms <= self.idle_ms and now_ms - session.opened_ms <= self.longest_ms


def keep(uow: UnitOfWork, token_hash: bytes, session: Session, limits: Limits, now: Moment) -> None:
    """Write a session down; the operator's former one on this device ends, and so does what has run out."""
    uow.execute(
        "DELETE FROM sessions WHERE (operator_id = ? AND device_id = ?) OR boot <> ? OR ? - opened_ms > ?",
        (session.operator_id, session.device_id, now.boot, now.ms, limits.longest_ms),
    )
    uow.execute(
        "DELETE FROM sessions WHERE token_hash IN (SELECT token_hash FROM sessions ORDER BY opened_ms DESC"
        " LIMIT -1 OFFSET ?)",
        (MOST_SESSIONS - 1,),
    )
    uow.execute(
        "INSERT INTO sessions VALUES (?,?,?,?,?,?,?,?)",
        (
            token_hash,
            session.session_id,
            session.operator_id,
            session.role,
            session.device_id,
            session.opened_at,
            now.boot,
            session.opened_ms,
        ),
    )


def end(uow: UnitOfWork, token_hash: bytes) -> None:
    """End one session."""
    uow.execute("DELETE FROM sessions WHERE token_hash = ?", (token_hash,))


def load(uow: UnitOfWork, now: Moment, known: Mapping[bytes, Session]) -> dict[bytes, Session]:
    """The sessions of this life of the machine; those in memory keep when they were last used."""
    found: dict[bytes, Session] = {}
    for row in uow.query(f"{_SELECT} WHERE boot = ? AND opened_ms <= ?", (now.boot, now.ms)):
        key = bytes(row[0])
        found[key] = known.get(key) or _session(row, now)
    return found


def _session(row: tuple[Any, ...], now: Moment) -> Session:
    _, session_id, operator_id, role, device_id, opened_at, opened_ms = row
    return Session(
        session_id=session_id,
        operator_id=operator_id,
        role=role,
        device_id=device_id,
        opened_at=opened_at,
        opened_ms=opened_ms,
        used_ms=now.ms,
    )
