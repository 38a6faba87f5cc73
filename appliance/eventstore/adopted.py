"""Receipts of what came back with a fetched tail: the log does not hold them, but it knows which key they were for.

A record names its command, and the id of a command that came with an idempotency key is made of that key. So a till
that repeats a request from before the restore is answered with what was booked then, and nothing is booked twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from appliance.application.ports import Recorded
from appliance.application.receipts import Receipt
from appliance.domain.events import RefundCompleted, SaleCompleted, SaleVoided

SCOPE = "adopted"
BOOKED = 201
ANY = (SCOPE,)
"""The fact whether there are any: stores that never fetched a tail pay nothing for those that did."""

_ANY = "SELECT 1 FROM receipts WHERE scope = ? LIMIT 1"
_NOBODY_S = frozenset({None, "hq"})  # head office's commands are known by their own ids
_NAMES: Mapping[type, Callable[[Any], Mapping[str, str]]] = {
    SaleCompleted: lambda event: {"sale_id": event.sale_id, "receipt_number": event.receipt_number},
    SaleVoided: lambda event: {"sale_id": event.sale_id, "receipt_number": event.receipt_number},
    RefundCompleted: lambda event: {"refund_id": event.refund_id, "receipt_number": event.receipt_number},
}
"""What the receipt of a document says; of what else was booked it says only where it stands."""


def are_there(select: Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]) -> bool:
    """Whether a tail was ever fetched here."""
    return bool(select(_ANY, (SCOPE,)))


def receipts(events: Iterable[Recorded], trace: Callable[[str], str]) -> list[Receipt]:
    """One for each command of a device, in the log's order; a command that began on an earlier page has two."""
    found: dict[str, Receipt] = {}
    for each in events:
        command = each.metadata.get("command_id")
        if command is None or each.metadata.get("device") in _NOBODY_S:
            continue
        if command in found:
            found[command].last_position = each.position
        else:
            found[command] = _receipt(each, command, trace(command))
    return list(found.values())


def _receipt(first: Recorded, command: str, trace: str) -> Receipt:
    name = _NAMES.get(type(first.event))
    return Receipt(
        scope=SCOPE,
        key=trace,
        command_id=command,
        fingerprint=b"",
        status=BOOKED,
        ids=name(first.event) if name else {},
        first_position=first.position,
        last_position=first.position,
        recorded_at=first.recorded_at,
    )
