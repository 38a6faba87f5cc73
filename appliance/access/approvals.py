"""Approvals: somebody who may has put their PIN to one action of one device; good once, for two minutes.

An approval is spent in the transaction of what it approves, after the receipt was looked for: a request that is
refused leaves it whole, and one that is repeated with its key gets its first answer again.
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.access.refusals import ApprovalInvalid
from appliance.access.secret import hashed
from appliance.application.ports import UnitOfWork
from appliance.eventstore.uptime import Moment

LIFETIME_MS = 120_000

_INSERT = "INSERT INTO approvals VALUES (?,?,?,?,?,?,?,?)"
_SELECT = "SELECT action, approved_by, role, device_id, boot, made_ms FROM approvals WHERE token_hash = ?"


class Approver(NamedTuple):
    """Who approved, and under which role."""

    operator_id: str
    role: str


def keep(
    uow: UnitOfWork, token: str, approval_id: str, action: str, approver: Approver, device_id: str, now: Moment
) -> None:
    """Write an approval down; those that have run out are cleared away."""
    uow.execute("DELETE FROM approvals WHERE boot <> ? OR ? - made_ms > ?", (now.boot, now.ms, LIFETIME_MS))
    uow.execute(_INSERT, (hashed(token), approval_id, action, *approver, device_id, now.boot, now.ms))


def spend(uow: UnitOfWork, token: bytes, action: str, device_id: str, now: Moment) -> Approver:
    """Who approved this action of this device; it holds no longer from here on. Raises ApprovalInvalid."""
    key = hashed(token)
    rows = uow.query(_SELECT, (key,))
    if not rows or tuple(rows[0][index] for index in (0, 3, 4)) != (action, device_id, now.boot):
        raise ApprovalInvalid(f"It approves nothing of the kind {action!r} on this device.", action=action)
    made_ms = rows[0][5]
    if not 0 <= now.ms - made_ms <= LIFETIME_MS:
        raise ApprovalInvalid("It has run out.", action=action)
    uow.execute("DELETE FROM approvals WHERE token_hash = ?", (key,))
    return Approver(rows[0][1], rows[0][2])
