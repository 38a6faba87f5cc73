"""The few facts that selling asks for again and again: how each is read, and how every event keeps it true.

A fact is first read from the committed projections and then lives in memory (`UnitOfWork.fact`). `TOUCH` updates
memory with each event at once, so that a till's next sale sees what the last one changed without the group having to
write its projections in between. What an event changes in a way that cannot be worked out from memory it marks stale:
the next read then folds what is pending and asks the file.

Activating a price list changes any number of products without naming them. So a product is remembered, with all its
prices, under the list activated last (the price epoch), and a new list simply makes all of them unknown. A new
definition changes prices and barcodes of the old one: that one must be in memory when `product.defined` is appended,
so whoever appends it calls `before_defining` first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from appliance.application import states
from appliance.application.ports import Recorded, UnitOfWork
from appliance.domain.document import number_of
from appliance.domain.events import (
    Event,
    PriceListActivated,
    ProductDefined,
    RefundCompleted,
    RegisterAdded,
    SaleCompleted,
    SaleVoided,
)
from appliance.domain.events_hq import ProductRecalled, RecallLifted, RegisterReopened, RegisterShut
from appliance.domain.product import OWN_PRICE, PriceRow, Product, Recall, price_history

T = TypeVar("T")

Key = tuple[Hashable, ...]
Select = Callable[..., list[tuple[Any, ...]]]
Document = tuple[str, str]
"""(kind, id) of what a register issued."""


class Standing(NamedTuple):
    """How a register stands: why it takes no sales, where it does not."""

    shut: str | None


_OPEN = Standing(None)
_EPOCH: Key = ("price_epoch",)


class FactWriter(Protocol):
    """What an event may do to the facts in memory."""

    def peek(self, key: Key) -> Any:
        """The value in memory, or a marker that there is none."""
        ...

    def put(self, key: Key, value: Any) -> None:
        """Set a fact to what it now is."""
        ...

    def stale(self, key: Key) -> None:
        """Make the next read go to the file, all earlier events folded."""
        ...


# --- reading ---------------------------------------------------------------------------------------------------


def price_epoch(uow: UnitOfWork) -> int:
    """The position of the price list activated last; what products are remembered under."""
    return uow.fact(_EPOCH, _read_epoch)


def product(uow: UnitOfWork, product_id: str, epoch: int | None = None) -> Product | None:
    """The product as it now is; who asks for many in one command reads the epoch once."""
    if epoch is None:
        epoch = uow.fact(_EPOCH, _read_epoch)
    return uow.fact(("product", product_id, epoch), _read_product, product_id)


def product_by_barcode(uow: UnitOfWork, code: str, epoch: int | None = None) -> Product | None:
    """The product that lists this very code; the one defined last where several do."""
    product_id = uow.fact(("barcode", code), _read_barcode, code)
    return None if product_id is None else product(uow, product_id, epoch)


def before_defining(uow: UnitOfWork, product_id: str) -> Product | None:
    """Bring into memory what a new definition of the product changes; answers the old one."""
    return product(uow, product_id, price_epoch(uow))


def last_receipt_number(uow: UnitOfWork, register_id: str) -> int:
    """The register's last receipt number in this incarnation, 0 before the first."""
    incarnation = uow.incarnation
    return uow.fact(("receipt_number", register_id, incarnation), _read_number, register_id, incarnation)


def document_by_client_ref(uow: UnitOfWork, register_id: str, client_ref: str) -> Document | None:
    """What the register booked under this reference of its own."""
    return uow.fact(client_ref_key(register_id, client_ref), _read_client_ref, register_id, client_ref)


def client_ref_key(register_id: str, client_ref: str | None) -> Key:
    """What a register's own reference is remembered under."""
    return ("client_ref", register_id, client_ref)


def documents_by_client_ref(
    select: Select, references: Sequence[tuple[str, str | None]]
) -> dict[tuple[str, str | None], Document]:
    """What was booked under many (register, reference), with one statement; the first where there are several."""
    rows = select(
        "SELECT d.register_id, d.client_ref, d.kind, d.id FROM json_each(?) AS wanted CROSS JOIN documents AS d"
        " ON d.register_id = wanted.value ->> 0 AND d.client_ref = wanted.value ->> 1 ORDER BY d.position DESC",
        (json.dumps(references),),
    )
    return {(register_id, client_ref): (kind, document_id) for register_id, client_ref, kind, document_id in rows}


def register(uow: UnitOfWork, register_id: str) -> Standing | None:
    """How the register stands; None where it has not been added."""
    return uow.fact(("register", register_id), _read_register, register_id)


def _read_product(product_id: str, select: Select) -> Product | None:
    rows = select(
        "SELECT p.product_id, p.name, p.kind, p.tax_code, p.barcodes, p.active, r.recall_id, r.reason"
        " FROM products p LEFT JOIN recalls r USING (product_id) WHERE p.product_id = ?",
        (product_id,),
    )
    if not rows:
        return None
    found, name, kind, tax_code, barcodes, active, recall_id, reason = rows[0]
    return Product(
        product_id=found,
        name=name,
        stocked=kind == "stocked",
        tax_code=tax_code,
        barcodes=tuple(json.loads(barcodes)),
        active=bool(active),
        prices=_read_prices(product_id, select),
        recall=None if recall_id is None else Recall(recall_id, reason),
    )


def _read_barcode(code: str, select: Select) -> str | None:
    rows = select("SELECT product_id FROM barcodes WHERE code = ?", (code,))
    return rows[0][0] if rows else None


def _read_epoch(select: Select) -> int:
    return _first(select("SELECT coalesce(max(activated_position), 0) FROM pricelists"), 0)


def _read_prices(product_id: str, select: Select) -> tuple[PriceRow, ...]:
    rows = select(
        "SELECT valid_from, position, version, price FROM prices WHERE product_id = ?1"
        " UNION ALL SELECT l.valid_from, l.activated_position, l.version, p.price FROM staged_prices AS p"
        " JOIN pricelists AS l USING (version) WHERE p.product_id = ?1 AND l.activated_position IS NOT NULL"
        " ORDER BY valid_from, position",
        (product_id,),
    )
    return price_history([PriceRow(*row) for row in rows])


def _read_number(register_id: str, incarnation: int, select: Select) -> int:
    rows = select(
        "SELECT last_number FROM receipt_numbers WHERE register_id = ? AND incarnation = ?", (register_id, incarnation)
    )
    return _first(rows, 0)


def _read_client_ref(register_id: str, client_ref: str, select: Select) -> Document | None:
    rows = select("SELECT kind, id FROM documents WHERE register_id = ? AND client_ref = ?", (register_id, client_ref))
    return (rows[0][0], rows[0][1]) if rows else None


def _read_register(register_id: str, select: Select) -> Standing | None:
    rows = select(
        "SELECT s.reason FROM registers r LEFT JOIN shut_registers s USING (register_id) WHERE r.register_id = ?",
        (register_id,),
    )
    return Standing(rows[0][0]) if rows else None


def _first(rows: list[tuple[Any, ...]], otherwise: T) -> T:
    return cast("T", rows[0][0]) if rows else otherwise


# --- keeping them true -----------------------------------------------------------------------------------------


def _defined(facts: FactWriter, recorded: Recorded) -> None:
    event = cast("ProductDefined", recorded.event)
    for code in event.barcodes:
        facts.put(("barcode", code), event.product_id)
    epoch = facts.peek(_EPOCH)
    if not isinstance(epoch, int):
        return  # a list was activated a moment ago: every product is unknown
    key = ("product", event.product_id, epoch)
    before = facts.peek(key)
    if before is not None and not isinstance(before, Product):
        facts.stale(key)
        return
    facts.put(key, _as_defined(event, recorded, before))
    for code in () if before is None else before.barcodes:
        if code not in event.barcodes:
            facts.stale(("barcode", code))


def _as_defined(event: ProductDefined, recorded: Recorded, before: Product | None) -> Product:
    prices: tuple[PriceRow, ...] = () if before is None else before.prices
    if event.price is not None:
        row = PriceRow(recorded.occurred_at, recorded.position, OWN_PRICE, event.price)
        prices = price_history((*prices, row))
    return Product(
        product_id=event.product_id,
        name=event.name,
        stocked=event.kind == "stocked",
        tax_code=event.tax_code,
        barcodes=event.barcodes,
        active=event.active,
        prices=prices,
        recall=None if before is None else before.recall,
    )


def _activated(facts: FactWriter, _: Recorded) -> None:
    facts.stale(_EPOCH)


def _registered(facts: FactWriter, recorded: Recorded) -> None:
    event = cast("RegisterAdded", recorded.event)
    key = ("register", event.register_id)
    if recorded.version == 1:
        facts.put(key, _OPEN)
    elif not isinstance(facts.peek(key), Standing):  # only the name is new
        facts.stale(key)


def _shut(facts: FactWriter, recorded: Recorded) -> None:
    event = cast("RegisterShut", recorded.event)
    facts.put(("register", event.register_id), Standing(event.reason))


def _reopened(facts: FactWriter, recorded: Recorded) -> None:
    event = cast("RegisterReopened", recorded.event)
    facts.put(("register", event.register_id), _OPEN)


def _recalled(facts: FactWriter, recorded: Recorded) -> None:
    event = cast("ProductRecalled | RecallLifted", recorded.event)
    epoch = facts.peek(_EPOCH)
    if isinstance(epoch, int):  # else every product is unknown anyhow
        facts.stale(("product", event.product_id, epoch))


def _sold(facts: FactWriter, recorded: Recorded) -> None:
    event = cast("SaleCompleted", recorded.event)
    _issued(facts, recorded, event)
    if event.client_ref is not None:
        facts.put(("client_ref", event.register_id, event.client_ref), ("sale", event.sale_id))


def _refunded(facts: FactWriter, recorded: Recorded) -> None:
    event = cast("RefundCompleted", recorded.event)
    _issued(facts, recorded, event)
    if event.client_ref is not None:
        facts.put(("client_ref", event.register_id, event.client_ref), ("refund", event.refund_id))


def _voided(facts: FactWriter, recorded: Recorded) -> None:
    event = cast("SaleVoided", recorded.event)
    _issued(facts, recorded, event)


def _issued(facts: FactWriter, recorded: Recorded, event: SaleCompleted | SaleVoided | RefundCompleted) -> None:
    facts.put(("receipt_number", event.register_id, recorded.incarnation), number_of(event.receipt_number))


TOUCH: Mapping[type[Event], Callable[[FactWriter, Recorded], None]] = {
    **states.TOUCH,
    ProductDefined: _defined,
    PriceListActivated: _activated,
    RegisterAdded: _registered,
    SaleCompleted: _sold,
    SaleVoided: _voided,
    RefundCompleted: _refunded,
    ProductRecalled: _recalled,
    RecallLifted: _recalled,
    RegisterShut: _shut,
    RegisterReopened: _reopened,
}
"""What each event does to the facts; an event that is not here changes none."""
