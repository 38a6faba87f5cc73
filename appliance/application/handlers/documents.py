"""The head of every document a register issues: its number, its day and hour, and who stands behind it."""

from __future__ import annotations

from appliance.application import facts
from appliance.application.commands import RefundSale, RefundUnlinked, RingUpSale, VoidSale
from appliance.application.ports import Context, Outcome, Recorded, UnitOfWork
from appliance.domain.calendar import store_time
from appliance.domain.document import Stamp, receipt_number
from appliance.domain.events import RefundCompleted, SaleCompleted, SaleVoided
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import ClientRefUsed, UnknownCustomer, UnknownRegister
from appliance.domain.refusals_hq import RegisterIsShut
from appliance.domain.text import MAX_ID, MAX_REFERENCE, check_text

CREATED = 201


def stamp(
    command: RingUpSale | VoidSale | RefundSale | RefundUnlinked,
    uow: UnitOfWork,
    context: Context,
    policy: StorePolicy,
    client_ref: str | None = None,
) -> Stamp:
    """Number and date the register's next document."""
    register_id = command.register_id
    register = facts.register(uow, register_id)
    if register is None:
        raise UnknownRegister(f"There is no register {register_id[:MAX_ID]!r}.", at="/register_id")
    if register.shut is not None and type(command) is RingUpSale:
        raise RegisterIsShut(f"{register_id} is shut: {register.shut}", at="/register_id", register_id=register_id)
    if client_ref is not None:
        _check_client_ref(uow, register_id, client_ref)
    if command.operator:
        check_text(command.operator, "/operator", MAX_ID)
    if command.approved_by:
        check_text(command.approved_by, "/approved_by", MAX_ID)
    business_date, local_time = store_time(context.occurred_at, policy.timezone, policy.day_roll_hour)
    number = facts.last_receipt_number(uow, register_id) + 1
    return Stamp(
        register_id=register_id,
        receipt_number=receipt_number(register_id, uow.incarnation, number),
        client_ref=client_ref,
        business_date=business_date,
        local_time=local_time,
        clock_trusted=context.clock_trusted,
        operator=command.operator or context.operator,
        approved_by=command.approved_by,
    )


def check_customer(uow: UnitOfWork, customer_id: str | None) -> None:
    """Refuse a document for a customer nobody has registered."""
    if customer_id is not None and not uow.version(f"customer-{customer_id}"):
        raise UnknownCustomer(f"There is no customer {customer_id[:MAX_ID]!r}.", at="/customer_id")


def issued(event: SaleCompleted | SaleVoided | RefundCompleted, recorded: list[Recorded], **ids: str) -> Outcome:
    """The outcome of a document."""
    return Outcome(status=CREATED, ids={**ids, "receipt_number": event.receipt_number}, events=recorded)


def _check_client_ref(uow: UnitOfWork, register_id: str, client_ref: str) -> None:
    check_text(client_ref, "/client_ref", MAX_REFERENCE, shortest=1)
    booked = facts.document_by_client_ref(uow, register_id, client_ref)
    if booked is not None:
        kind, document_id = booked
        raise ClientRefUsed(
            f"Register {register_id} has booked the {kind} {document_id} as {client_ref!r}.",
            at="/client_ref",
            kind=kind,
            id=document_id,
        )
