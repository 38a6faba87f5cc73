"""Personal data is sealed before its command is dispatched; keys that turn out not to be needed do not stay.

A key must never come back to a subject that has been erased: so a repeated request is answered from its receipt
before anything is sealed, and where the command is refused because the subject was erased meanwhile, the key that was
made for it is destroyed again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from appliance.api.call import Call
from appliance.application.dispatcher import Answer
from appliance.domain.customer import Customer, check_not_erased, evolve
from appliance.domain.events import Sealed
from appliance.domain.refusals import CustomerErasedAlready, Refusal, UnknownCustomer
from appliance.eventstore.unit_of_work import UnitOfWork

Build = Callable[[Sealed], object]


async def dispatch_sealed(
    call: Call, subject: str, fields: Mapping[str, str], build: Build, *, own: bool = False
) -> Answer:
    """Seal `fields` for `subject` and dispatch the command made of it; `own` says the subject's id was made here."""
    before, known = await call.services.writer.run(lambda uow: _look(call, uow, subject))
    if before is not None:
        return before
    if not own:
        _check_known(subject, known)
    vault = call.services.vault
    sealed = await asyncio.to_thread(vault.seal, subject, fields)
    try:
        answer = await call.dispatch(build(sealed))
    except Refusal as refusal:
        if own or isinstance(refusal, CustomerErasedAlready):
            await asyncio.to_thread(vault.destroy, (subject,))
        raise
    if own and answer.replayed:
        await asyncio.to_thread(vault.destroy, (subject,))
    return answer


def _look(call: Call, uow: UnitOfWork, customer_id: str) -> tuple[Answer | None, Customer | None]:
    customer, _ = uow.load(f"customer-{customer_id}", Customer, evolve)
    return call.recall(uow), customer


def _check_known(customer_id: str, known: Customer | None) -> None:
    if known is None:
        raise UnknownCustomer(f"There is no customer {customer_id[:64]!r}.", at="/customer_id")
    check_not_erased(known)
