"""Receive, count and adjust goods: one event a product, in that product's own stream."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from appliance.application.commands import AdjustStock, CountStock, ReceiveStock
from appliance.application.handlers.lines import known_product
from appliance.application.ports import Context, Outcome, UnitOfWork
from appliance.domain import stock
from appliance.domain.document import check_lines
from appliance.domain.events import StockAdjusted, StockCounted, StockReceived
from appliance.domain.policy import StorePolicy
from appliance.domain.product import Product
from appliance.domain.refusals import GivenTwice, Refusal
from appliance.domain.text import MAX_REFERENCE, check_id, check_text


class _Line(Protocol):
    @property
    def product_id(self) -> str: ...


LineT = TypeVar("LineT", bound=_Line)


def receive_stock(command: ReceiveStock, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    """Book goods in; the same product may stand on several lines."""
    receipt_id = check_id(command.receipt_id, "/receipt_id")
    check_text(command.reference, "/reference", MAX_REFERENCE)
    events = _each(
        command.lines, uow, policy, lambda product, line: stock.receive(product, line.quantity, command.reference)
    )
    return _book(events, uow, context, receipt_id=receipt_id)


def count_stock(command: CountStock, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    """Set the book to what was found; each product once, since a count is of the whole shelf."""
    count_id = check_id(command.count_id, "/count_id")
    check_text(command.reason, "/reason")
    _check_once(command.lines)
    events = _each(
        command.lines,
        uow,
        policy,
        lambda product, line: stock.count(product, line.counted, on_hand(uow, product.product_id), command.reason),
    )
    return _book(events, uow, context, count_id=count_id)


def adjust_stock(command: AdjustStock, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    """Change the book by hand, each line for its reason."""
    adjustment_id = check_id(command.adjustment_id, "/adjustment_id")
    events = _each(command.lines, uow, policy, lambda product, line: stock.adjust(product, line.quantity, line.reason))
    return _book(events, uow, context, adjustment_id=adjustment_id)


def on_hand(uow: UnitOfWork, product_id: str) -> int:
    """The book stock in thousandths."""
    rows = uow.query("SELECT on_hand_milli FROM stock WHERE product_id = ?", (product_id,))
    return int(rows[0][0]) if rows else 0


def available(uow: UnitOfWork, product_ids: Sequence[str]) -> dict[str, int]:
    """The book stock of each that is promised to nobody, in thousandths."""
    rows = uow.query(_AVAILABLE, (json.dumps(product_ids),))
    return dict.fromkeys(product_ids, 0) | dict(rows)


_AVAILABLE = (
    "SELECT product_id, on_hand_milli - reserved_milli FROM stock WHERE product_id IN (SELECT value FROM json_each(?))"
)
_StockEvent = StockReceived | StockCounted | StockAdjusted


def _each(
    lines: Sequence[LineT], uow: UnitOfWork, policy: StorePolicy, decide: Callable[[Product, LineT], _StockEvent]
) -> list[_StockEvent]:
    check_lines(len(lines), policy)
    events = []
    for index, line in enumerate(lines):
        try:
            events.append(decide(known_product(uow, line.product_id), line))
        except Refusal as refusal:
            raise refusal.within(f"/lines/{index}") from None
    return events


def _check_once(lines: Sequence[LineT]) -> None:
    seen = set()
    for index, line in enumerate(lines):
        if line.product_id in seen:
            raise GivenTwice(f"{line.product_id} is counted twice.", at=f"/lines/{index}/product_id")
        seen.add(line.product_id)


def _book(events: Sequence[_StockEvent], uow: UnitOfWork, context: Context, **ids: str) -> Outcome:
    recorded = [each for event in events for each in uow.append(f"stock-{event.product_id}", event, context=context)]
    return Outcome(status=201, ids=ids, events=recorded)
