"""Books invoices through the same commands as a till: each invoice one transaction, repeatable by its number.

What an invoice needs and the store does not know yet (the register "import", its customer, its products) is created
in the invoice's own transaction. All ids derive from the invoice number and all times from the file, so wherever a
run is interrupted, running it again ends in the same log, byte for byte.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from appliance.application import facts
from appliance.application.commands import (
    AddRegister,
    AdjustedLine,
    AdjustStock,
    Command,
    DefineProduct,
    GivenTender,
    RefundUnlinked,
    RegisterCustomer,
    RingUpSale,
    RungUpLine,
)
from appliance.application.dispatcher import Dispatcher
from appliance.application.ports import Context, Recorded, UnitOfWork
from appliance.application.receipts import Receipt, ReceiptKey
from appliance.domain.calendar import utc_text
from appliance.domain.events import RefundCompleted, SaleCompleted
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import InvalidText, Refusal, UnknownTaxCode
from appliance.eventstore.receipts import fingerprint
from appliance.importing import codes
from appliance.importing.batch import ALREADY, BOOKED, DIFFERENT, REFUSED, Batch, Invoice, Line, NewProduct, Result

REGISTER = "import"
SCOPE = "import"
TENDER = "other"  # the file does not say how anybody paid
_REASON = "cancellation"

SLICE_LINES = 200  # about 10 ms of the writer: what a sale at the till may have to wait for
SLICES_UNDER_WAY = 2
SERVER_FAULT = 500

Transact = Callable[[Callable[[UnitOfWork], Result]], Awaitable[Result]]
"""Queues work for the writer at once and answers when it is durable."""

_UnderWay = tuple[Invoice, Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Booker:
    """Books batches. `book` may be called again with what it was given before: nothing is booked twice."""

    dispatcher: Dispatcher
    transact: Transact
    secret: bytes

    async def book(self, batch: Batch) -> list[Result]:
        """Book every invoice in order; raises the Refusal that says the store itself cannot go on."""
        products = {each.product_id: each for each in batch.products}
        results: list[Result] = []
        under_way: deque[list[_UnderWay]] = deque()
        try:
            for part in _slices(batch.invoices):
                # While the writer works on one slice the next one waits in its queue, and a till's sale behind that.
                if len(under_way) == SLICES_UNDER_WAY:
                    results += [await _settled(each) for each in under_way[0]]
                    under_way.popleft()
                under_way.append([])
                for invoice in part:
                    under_way[-1].append((invoice, self.transact(self._work(invoice, products))))
            while under_way:
                results += [await _settled(each) for each in under_way[0]]
                under_way.popleft()
        finally:
            # Where the store stopped, the rest has been refused as well; nobody else looks at it.
            await asyncio.gather(*[answer for part in under_way for _, answer in part], return_exceptions=True)
        return results

    def _work(self, invoice: Invoice, products: Mapping[str, NewProduct]) -> Callable[[UnitOfWork], Result]:
        key = ReceiptKey(SCOPE, invoice.number, fingerprint(self.secret, "IMPORT", SCOPE, msgspec.json.encode(invoice)))

        def work(uow: UnitOfWork) -> Result:
            found = uow.receipt(key.scope, key.key)
            if found is not None:
                return _booked_before(invoice, found, key, uow)
            policy = self.dispatcher.policy
            context = _context(invoice, policy)
            events: list[Recorded] = []
            for command in _commands(invoice, products, uow, policy):
                events += self.dispatcher.transaction(command, context)(uow).outcome.events
            uow.keep_receipt(_receipt(key, context, events))
            return Result(number=invoice.number, outcome=BOOKED, total=_money(events))

        return work


def _slices(invoices: Iterable[Invoice]) -> Iterator[list[Invoice]]:
    """The invoices in order, cut so that each slice is some milliseconds of the writer's work."""
    part: list[Invoice] = []
    lines = 0
    for invoice in invoices:
        size = len(invoice.lines) + len(invoice.adjustments)
        if part and lines + size > SLICE_LINES:
            yield part
            part, lines = [], 0
        part.append(invoice)
        lines += size
    if part:
        yield part


async def _settled(under_way: _UnderWay) -> Result:
    invoice, answer = under_way
    try:
        return await answer
    except Refusal as refusal:
        if refusal.status >= SERVER_FAULT:
            raise
        return Result(number=invoice.number, outcome=REFUSED, code=refusal.code, detail=refusal.detail)


def _booked_before(invoice: Invoice, found: Receipt, key: ReceiptKey, uow: UnitOfWork) -> Result:
    if found.fingerprint != key.fingerprint:
        return Result(number=invoice.number, outcome=DIFFERENT)
    if found.first_position is None or found.last_position is None:
        return Result(number=invoice.number, outcome=ALREADY)
    return Result(
        number=invoice.number,
        outcome=ALREADY,
        total=_money(uow.events(found.first_position, found.last_position)),
    )


def _context(invoice: Invoice, policy: StorePolicy) -> Context:
    return Context(
        command_id=document_id(invoice.number),
        occurred_at=_moment(invoice.at, policy.timezone),
        device=REGISTER,
        role="support",  # prices are the file's, whatever the price list says
        id_seed=f"{SCOPE}:{invoice.number}",
    )


def _moment(local: str, zone: ZoneInfo) -> datetime:
    try:
        # An hour that comes twice in autumn is taken for the first: the same at every run is what matters.
        return datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        detail = f"{local[:32]!r} is no time."
        raise InvalidText(detail, at="/at") from None


def document_id(number: str) -> str:
    """The id of the sale or refund that an invoice becomes."""
    return f"INV-{number}"


def _commands(
    invoice: Invoice, products: Mapping[str, NewProduct], uow: UnitOfWork, policy: StorePolicy
) -> Iterator[Command]:
    """All that this invoice asks of the store as it is now, in the order it must happen."""
    if not facts.register(uow, REGISTER):
        yield AddRegister(register_id=REGISTER, name="Imported invoices")
    customer_id = invoice.customer_id
    if customer_id is not None and not uow.version(f"customer-{customer_id}"):
        yield RegisterCustomer(customer_id=customer_id, personal=None, country=invoice.country)
    for product_id in invoice.product_ids():
        if facts.product(uow, product_id) is None:
            yield _definition(product_id, products, policy)
    if invoice.lines:
        yield _refund(invoice, policy) if invoice.refund else _sale(invoice, policy)
    if invoice.adjustments:
        yield _adjustment(invoice)


def _definition(product_id: str, products: Mapping[str, NewProduct], policy: StorePolicy) -> DefineProduct:
    known = products.get(product_id)
    return DefineProduct(
        product_id=product_id,
        name=product_id if known is None else known.name,
        kind=codes.kind_of(product_id) if known is None else known.kind,
        tax_code=untaxed(policy),
    )


def untaxed(policy: StorePolicy) -> str:
    """The store's tax code of rate zero: the file states no tax."""
    for code, tax in (("zero", policy.taxes.get("zero")), *policy.taxes.items()):
        if tax is not None and tax.millionths == 0:
            return code
    detail = "The import needs a tax code with rate 0; the store has none."
    raise UnknownTaxCode(detail, known=sorted(policy.taxes))


def _sale(invoice: Invoice, policy: StorePolicy) -> RingUpSale:
    return RingUpSale(
        sale_id=document_id(invoice.number),
        register_id=REGISTER,
        client_ref=invoice.number,
        currency=policy.currency.code,
        lines=_lines(invoice.lines),
        tenders=_tenders(invoice),
        customer_id=invoice.customer_id,
    )


def _refund(invoice: Invoice, policy: StorePolicy) -> RefundUnlinked:
    return RefundUnlinked(
        refund_id=document_id(invoice.number),
        register_id=REGISTER,
        client_ref=invoice.number,
        currency=policy.currency.code,
        lines=_lines(invoice.lines),
        tenders=_tenders(invoice),
        reason=_REASON,
        customer_id=invoice.customer_id,
    )


def _lines(lines: Sequence[Line]) -> tuple[RungUpLine, ...]:
    return tuple(
        [RungUpLine(product_id=each.product_id, quantity=each.quantity, unit_price=each.unit_price) for each in lines]
    )


def _tenders(invoice: Invoice) -> tuple[GivenTender, ...]:
    """One tender over the whole; what costs nothing is paid with nothing."""
    return (GivenTender(type=TENDER, amount=invoice.paid),) if invoice.paid else ()


def _adjustment(invoice: Invoice) -> AdjustStock:
    return AdjustStock(
        adjustment_id=document_id(invoice.number),
        lines=tuple(
            AdjustedLine(product_id=each.product_id, quantity=each.quantity, reason=each.reason)
            for each in invoice.adjustments
        ),
    )


def _receipt(key: ReceiptKey, context: Context, events: Sequence[Recorded]) -> Receipt:
    return Receipt(
        scope=key.scope,
        key=key.key,
        command_id=context.command_id,
        fingerprint=key.fingerprint,
        status=201,
        ids={"document_id": context.command_id},
        first_position=events[0].position if events else None,
        last_position=events[-1].position if events else None,
        recorded_at=utc_text(context.occurred_at),
    )


def _money(events: Iterable[Recorded]) -> int:
    """What documents among the events put into the day reports."""
    total = 0
    for each in events:
        if isinstance(each.event, SaleCompleted):
            total += each.event.total
        elif isinstance(each.event, RefundCompleted):
            total -= each.event.total
    return total
