"""Ring up and void."""

from __future__ import annotations

from appliance.application.commands import RingUpSale, VoidSale
from appliance.application.handlers.documents import check_customer, issued, stamp
from appliance.application.handlers.fulfilment import check_not_undone
from appliance.application.handlers.lines import build_lines, terms
from appliance.application.ports import Context, Outcome, UnitOfWork
from appliance.domain import sale as sales
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import AlreadyExists, SaleNotFound
from appliance.domain.sale import Sale
from appliance.domain.text import MAX_ID, check_id, check_text
from appliance.errors import StaleVersion


def ring_up_sale(command: RingUpSale, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    """Book a sale as one event; never refused for lack of book stock."""
    sale_id = check_id(command.sale_id, "/sale_id")
    policy.check_currency(command.currency)
    head = stamp(command, uow, context, policy, command.client_ref)
    check_customer(uow, command.customer_id)
    if command.price_override_reason:
        check_text(command.price_override_reason, "/price_override_reason")
    event = sales.ring_up(
        sale_id,
        head,
        build_lines(command.lines, terms(uow, context, policy, command.approved_by)),
        command.tenders,
        customer_id=command.customer_id,
        price_override_reason=command.price_override_reason,
        policy=policy,
    )
    try:
        recorded = uow.append(f"sale-{sale_id}", event, context=context, expected=0)
    except StaleVersion:
        raise AlreadyExists(f"There is a sale {sale_id} already.", at="/sale_id", sale_id=sale_id) from None
    return issued(event, recorded, sale_id=sale_id)


def void_sale(command: VoidSale, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    """Undo a sale of today as a whole."""
    stream, sale = load_sale(uow, command.sale_id)
    check_not_undone(uow, command.sale_id)
    check_text(command.reason, "/reason", shortest=1)
    event = sales.void(sale, stamp(command, uow, context, policy), command.reason)
    recorded = uow.append(stream, event, context=context, expected=command.expected_version)
    return issued(event, recorded, sale_id=command.sale_id)


def load_sale(uow: UnitOfWork, sale_id: str) -> tuple[str, Sale]:
    """The sale a request addresses, and its stream."""
    stream = f"sale-{sale_id}"
    sale, _ = uow.load(stream, Sale, sales.evolve)
    if sale is None:
        raise SaleNotFound(f"There is no sale {sale_id[:MAX_ID]!r}.", sale_id=sale_id[:MAX_ID])
    return stream, sale
