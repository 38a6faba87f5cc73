"""What staff do for an order that waits for them: pick it, hand it over."""

from __future__ import annotations

from appliance.api import present
from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint
from appliance.api.reply import Reply
from appliance.api.roles import SELLING
from appliance.application import commands_fulfilment as c
from appliance.domain import refusals as r
from appliance.domain.refusals_fulfilment import NothingPicked, NotPicked, PickExceeds
from appliance.schemas import orders as s


async def pick(call: Call) -> Reply:
    """Write down what was picked."""
    body: s.PickOrder = call.body
    command = c.PickOrder(
        order_id=call.path["order_id"],
        lines=tuple([_line(each) for each in body.lines]),
        operator=body.operator,
        expected_version=call.if_match,
    )
    return call.written(await call.dispatch(command), present.order_moved)


async def hand_over(call: Call) -> Reply:
    """Give the goods to the customer."""
    body: s.HandOver = call.body
    command = c.HandOverOrder(order_id=call.path["order_id"], operator=body.operator, expected_version=call.if_match)
    return call.written(await call.dispatch(command), present.order_moved)


def _line(given: s.PickedLine) -> c.PickedLine:
    substitute = given.substitute
    return c.PickedLine(
        line=given.line,
        picked=given.picked,
        substitute_id=None if substitute is None else substitute.product_id,
        substitute_quantity=None if substitute is None else substitute.quantity,
    )


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path=f"{PREFIX}/orders/{{order_id}}/pick",
        operation="pick_order",
        summary="Pick an order",
        description="What a pickup's customer will get and pay for: with shorts and substitutes it only gets cheaper.",
        tag="orders",
        handler=pick,
        roles=SELLING,
        body=s.PickOrder,
        answer=s.OrderPlaced,
        errors=(
            r.OrderNotFound,
            r.OrderNotOpen,
            NotPicked,
            NothingPicked,
            PickExceeds,
            r.InsufficientStock,
            r.UnknownLine,
            r.GivenTwice,
            r.UnknownProduct,
            r.ProductInactive,
            r.UnknownTaxCode,
            r.InvalidQuantity,
            r.InvalidText,
        ),
        idempotent=True,
        conditional=True,
        etag=True,
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/orders/{{order_id}}/handover",
        operation="hand_over_order",
        summary="Hand an order over",
        description="The goods leave the stock and the sale is booked, under the order's id.",
        tag="orders",
        handler=hand_over,
        roles=SELLING,
        body=s.HandOver,
        answer=s.OrderPlaced,
        errors=(r.OrderNotFound, r.OrderNotOpen, NotPicked, r.InvalidText),
        idempotent=True,
        conditional=True,
        etag=True,
    ),
)
