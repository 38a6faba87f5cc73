"""Give money back: against a sale, or for goods whose sale nobody can name."""

from __future__ import annotations

from appliance.application.commands import RefundSale, RefundUnlinked
from appliance.application.handlers.documents import check_customer, issued, stamp
from appliance.application.handlers.fulfilment import check_not_undone
from appliance.application.handlers.lines import build_lines, terms
from appliance.application.handlers.sales import load_sale
from appliance.application.ports import Context, Outcome, UnitOfWork
from appliance.domain.policy import StorePolicy
from appliance.domain.refund import linked_lines, refund
from appliance.domain.refusals import AlreadyExists
from appliance.domain.text import check_id, check_text
from appliance.errors import StaleVersion


def refund_sale(command: RefundSale, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    """Refund lines of a sale, or all that is left of it, never more than was paid."""
    stream, sale = load_sale(uow, command.sale_id)
    check_not_undone(uow, command.sale_id)
    refund_id = check_id(command.refund_id, "/refund_id")
    event = refund(
        refund_id,
        sale,
        stamp(command, uow, context, policy, command.client_ref),
        linked_lines(sale, command.lines),
        command.tenders,
        reason=check_text(command.reason, "/reason", shortest=1),
        restock=command.restock,
        customer_id=sale.completed.customer_id,
        policy=policy,
    )
    recorded = uow.append(stream, event, context=context, expected=command.expected_version)
    return issued(event, recorded, sale_id=command.sale_id, refund_id=refund_id)


def refund_unlinked(command: RefundUnlinked, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    """Refund goods at the price in force, or at another one by right."""
    refund_id = check_id(command.refund_id, "/refund_id")
    policy.check_currency(command.currency)
    head = stamp(command, uow, context, policy, command.client_ref)
    check_customer(uow, command.customer_id)
    event = refund(
        refund_id,
        None,
        head,
        build_lines(command.lines, terms(uow, context, policy, command.approved_by), selling=False),
        command.tenders,
        reason=check_text(command.reason, "/reason", shortest=1),
        restock=command.restock,
        customer_id=command.customer_id,
        policy=policy,
    )
    try:
        recorded = uow.append(f"refund-{refund_id}", event, context=context, expected=0)
    except StaleVersion:
        raise AlreadyExists(f"There is a refund {refund_id} already.", at="/refund_id", refund_id=refund_id) from None
    return issued(event, recorded, refund_id=refund_id)
