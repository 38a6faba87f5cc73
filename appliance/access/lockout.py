"""What slows down guessing: every attempt counts as wrong until it has been proven right.

Counted in the store, in the writer's transaction, before the PIN is looked at: neither a hundred attempts at once nor
a restart gives a guess away. Waits are counted in the machine's uptime: setting the clock neither ends nor prolongs
one, a restart of the program goes on with it, and a restart of the machine begins it anew, so that none is ever longer
than LONGEST_WAIT_MS of the machine's running time. An operator's count ends with a right PIN. A device's does not:
who knows one PIN could otherwise guess for ever at others; it fades with time. A locked device or operator stops
nobody else, and nobody from selling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.access.refusals import LockedOut
from appliance.application.ports import UnitOfWork
from appliance.eventstore.uptime import Moment

FIRST_WAIT_MS = 15_000
LONGEST_WAIT_MS = 15 * 60_000
MOST_SUBJECTS = 2_000  # names nobody has are counted too, and must not fill the disk


@dataclass(frozen=True, slots=True)
class Rule:
    """How many attempts are free of a wait, and how fast the count of one fades (0: never)."""

    free: int
    fades_ms: int = 0

    def wait_ms(self, failures: int) -> int:
        """How long the next attempt has to wait after so many."""
        if failures < self.free:
            return 0
        return int(min(FIRST_WAIT_MS * 2 ** min(failures - self.free, 16), LONGEST_WAIT_MS))


OPERATOR = Rule(free=4)
DEVICE = Rule(free=10, fades_ms=5 * 60_000)

Counted = tuple[str, Rule]
"""(subject, its rule)."""


def operator(operator_id: str) -> Counted:
    """The count of an operator, on whichever device; also of one who does not exist."""
    return f"operator:{operator_id}", OPERATOR


def device(device_id: str) -> Counted:
    """The count of a device, for whichever operator."""
    return f"device:{device_id}", DEVICE


def attempt(uow: UnitOfWork, counted: Sequence[Counted], now: Moment) -> None:
    """Count an attempt against all of them. Raises LockedOut, counting nothing, while one has to wait."""
    known = [(subject, rule, *_read(uow, subject, rule, now)) for subject, rule in counted]
    left = max(left for _, _, _, left in known)
    if left > 0:
        seconds = -(-left // 1000)
        raise LockedOut(f"The next try is possible in {seconds} s.", retry_after=seconds)
    for subject, rule, failures, _ in known:
        _write(uow, subject, failures + 1, rule.wait_ms(failures + 1), now)
    uow.execute(_PRUNE, (MOST_SUBJECTS,))


def proven(uow: UnitOfWork, operator_id: str, device_id: str, now: Moment) -> None:
    """The attempt was right: the operator's count ends, the device's is as before and waits no longer."""
    uow.execute("DELETE FROM lockouts WHERE subject = ?", (operator(operator_id)[0],))
    subject, rule = device(device_id)
    failures, _ = _read(uow, subject, rule, now)
    _write(uow, subject, max(failures - 1, 0), 0, now)


def forget(uow: UnitOfWork, operator_id: str) -> None:
    """A new PIN: what was tried on the old one counts no longer."""
    uow.execute("DELETE FROM lockouts WHERE subject = ?", (operator(operator_id)[0],))


def _read(uow: UnitOfWork, subject: str, rule: Rule, now: Moment) -> tuple[int, int]:
    """(failures, milliseconds still to wait)."""
    rows = uow.query("SELECT failures, wait_ms, boot, since_ms FROM lockouts WHERE subject = ?", (subject,))
    if not rows:
        return 0, 0
    failures, wait_ms, boot, since_ms = rows[0]
    passed = now.since(boot, since_ms)
    faded = passed // rule.fades_ms if rule.fades_ms else 0
    return max(failures - faded, 0), wait_ms - passed


def _write(uow: UnitOfWork, subject: str, failures: int, wait_ms: int, now: Moment) -> None:
    uow.execute(
        "INSERT INTO lockouts VALUES (?,?,?,?,?) ON CONFLICT(subject) DO UPDATE SET failures = excluded.failures,"
        " wait_ms = excluded.wait_ms, boot = excluded.boot, since_ms = excluded.since_ms",
        (subject, failures, wait_ms, now.boot, now.ms),
    )


_PRUNE = (
    "DELETE FROM lockouts WHERE (SELECT count(*) FROM lockouts) > ? AND subject IN"
    " (SELECT subject FROM lockouts ORDER BY failures, since_ms LIMIT 100)"
)
