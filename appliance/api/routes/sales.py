"""Sales: rung up, read, voided, refunded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from appliance.api import fast_sale, present
from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint, Errors
from appliance.api.reply import Reply
from appliance.api.roles import SELLING
from appliance.api.step_up import Guard
from appliance.application import commands as c
from appliance.domain import refusals as r
from appliance.domain import refusals_hq as hq
from appliance.domain.refusals_fulfilment import OrderBeingUndone
from appliance.eventstore.ids import uuid7
from appliance.schemas import sales as s

LINES: Errors = (
    r.NothingGiven,
    r.TooMany,
    r.UnknownProduct,
    r.ProductInactive,
    hq.ProductUnderRecall,
    r.InvalidBarcode,
    r.InvalidQuantity,
    r.InvalidPrice,
    r.PriceMissing,
    r.OverrideNotAllowed,
    r.InvalidRate,
    r.InvalidText,
    r.DiscountTooLarge,
    r.InvalidAmount,
    r.UnknownTaxCode,
)
DOCUMENT: Errors = (
    r.UnknownRegister,
    r.ClientRefUsed,
    r.TendersDoNotCover,
    r.TendersExceed,
    r.InvalidAmount,
    r.InvalidText,
    r.TooMany,
)


async def ring_up(call: Call) -> Reply:
    """Book a sale. Budget of this function: a few dozen microseconds, for it runs for every sale there is."""
    body: s.RingUpSale | fast_sale.Sale = call.body
    if isinstance(body, fast_sale.Sale):  # its parts are the command's, field by field
        lines = cast("tuple[c.RungUpLine, ...]", body.lines)
        tenders = cast("tuple[c.GivenTender, ...]", body.tenders)
    else:
        lines, tenders = lines_of(body.lines), tenders_of(body.tenders)
    command = c.RingUpSale(
        sale_id=uuid7(),
        register_id=body.register_id,
        client_ref=body.client_ref,
        currency=body.currency,
        lines=lines,
        tenders=tenders,
        customer_id=body.customer_id,
        operator=body.operator,
        approved_by=body.approved_by,
        price_override_reason=body.price_override_reason,
    )
    return call.written(await call.dispatch(command, body.register_id), present.document)


async def void(call: Call) -> Reply:
    """Void a sale of today."""
    body: s.VoidSale = call.body
    command = c.VoidSale(
        sale_id=call.path["sale_id"],
        register_id=body.register_id,
        reason=body.reason,
        operator=body.operator,
        approved_by=body.approved_by,
        expected_version=call.if_match,
    )
    return call.written(await call.dispatch(command, body.register_id), present.document)


async def refund(call: Call) -> Reply:
    """Refund a sale, or part of it."""
    body: s.RefundSale = call.body
    lines = None
    if body.lines is not None:
        lines = tuple([c.RefundedLine(line=each.line, quantity=each.quantity) for each in body.lines])
    command = c.RefundSale(
        sale_id=call.path["sale_id"],
        refund_id=uuid7(),
        register_id=body.register_id,
        client_ref=body.client_ref,
        lines=lines,
        tenders=tenders_of(body.tenders),
        reason=body.reason,
        restock=body.restock,
        operator=body.operator,
        approved_by=body.approved_by,
        expected_version=call.if_match,
    )
    return call.written(await call.dispatch(command, body.register_id), present.document)


async def refund_unlinked(call: Call) -> Reply:
    """Refund goods whose sale nobody can name."""
    body: s.RefundUnlinked = call.body
    command = c.RefundUnlinked(
        refund_id=uuid7(),
        register_id=body.register_id,
        client_ref=body.client_ref,
        currency=body.currency,
        lines=lines_of(body.lines),
        tenders=tenders_of(body.tenders),
        reason=body.reason,
        restock=body.restock,
        customer_id=body.customer_id,
        operator=body.operator,
        approved_by=body.approved_by,
    )
    return call.written(await call.dispatch(command, body.register_id), present.document)


def lines_of(lines: Sequence[s.LineRungUp]) -> tuple[c.RungUpLine, ...]:
    """Lines as commands carry them; from a list, which is faster than from a generator."""
    return tuple(
        [
            c.RungUpLine(
                product_id=line.product_id,
                barcode=line.barcode,
                quantity=line.quantity,
                unit_price=line.unit_price,
                discounts=discounts_of(line.discounts) if line.discounts else (),
            )
            for line in lines
        ]
    )


def discounts_of(discounts: Sequence[s.DiscountGiven]) -> tuple[c.GivenDiscount, ...]:
    """Discounts as commands carry them."""
    return tuple(
        [
            c.GivenDiscount(
                kind=each.kind,
                amount=each.amount,
                percent=each.percent,
                reason=each.reason,
                approved_by=each.approved_by,
            )
            for each in discounts
        ]
    )


def tenders_of(tenders: Sequence[s.TenderGiven]) -> tuple[c.GivenTender, ...]:
    """Tenders as commands carry them."""
    return tuple(
        [
            c.GivenTender(type=each.type, amount=each.amount, reference=each.reference, offline=each.offline)
            for each in tenders
        ]
    )


WRITES: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path=f"{PREFIX}/sales",
        operation="ring_up_sale",
        summary="Ring up a sale",
        description="Books one sale whole. Never refused for lack of book stock: the goods are in the customer's hand.",
        tag="sales",
        handler=ring_up,
        roles=SELLING,
        status=(201,),
        body=s.RingUpSale,
        read=fast_sale.read,
        answer=s.Sale,
        errors=(*LINES, *DOCUMENT, hq.RegisterIsShut, r.UnknownCustomer, r.CurrencyMismatch),
        guard=Guard("price_override", always=False),
        idempotent=True,
        etag=True,
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/sales/{{sale_id}}/void",
        operation="void_sale",
        summary="Void a sale of today",
        tag="sales",
        handler=void,
        roles=SELLING,
        status=(201,),
        body=s.VoidSale,
        answer=s.SaleVoid,
        errors=(
            r.SaleNotFound,
            r.AlreadyVoided,
            r.AlreadyRefunded,
            r.VoidTooLate,
            OrderBeingUndone,
            r.UnknownRegister,
            r.InvalidText,
        ),
        guard=Guard("void"),
        idempotent=True,
        conditional=True,
        etag=True,
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/sales/{{sale_id}}/refunds",
        operation="refund_sale",
        summary="Refund a sale, or part of it",
        tag="sales",
        handler=refund,
        roles=SELLING,
        status=(201,),
        body=s.RefundSale,
        answer=s.Refund,
        errors=(
            r.SaleNotFound,
            r.AlreadyVoided,
            r.RefundExceeds,
            OrderBeingUndone,
            r.UnknownLine,
            r.GivenTwice,
            r.NothingGiven,
            r.InvalidQuantity,
            *DOCUMENT,
        ),
        guard=Guard("refund", always=False),
        idempotent=True,
        conditional=True,
        etag=True,
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/refunds",
        operation="refund_unlinked",
        summary="Refund without a sale",
        tag="sales",
        handler=refund_unlinked,
        roles=SELLING,
        status=(201,),
        body=s.RefundUnlinked,
        answer=s.Refund,
        errors=(*LINES, *DOCUMENT, r.UnknownCustomer, r.CurrencyMismatch),
        guard=Guard("unlinked_refund"),
        idempotent=True,
        etag=True,
    ),
)
