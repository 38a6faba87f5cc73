"""Customers: registered, and forgotten when they ask for it."""

from __future__ import annotations

from appliance.application.commands import EraseCustomer, RegisterCustomer
from appliance.application.ports import Context, Outcome, UnitOfWork
from appliance.domain import customer as customers
from appliance.domain.customer import Customer
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import CustomerNotFound
from appliance.domain.text import MAX_ID


def register_customer(command: RegisterCustomer, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Make a customer known, or replace what is known."""
    stream = f"customer-{command.customer_id}"
    known, _ = uow.load(stream, Customer, customers.evolve)
    event = customers.register(command.customer_id, known, command.personal, command.country)
    recorded = uow.append(stream, event, context=context, expected=command.expected_version)
    return Outcome(status=201 if known is None else 200, ids={"customer_id": command.customer_id}, events=recorded)


def erase_customer(command: EraseCustomer, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Erase a customer's personal data; a second time changes nothing."""
    stream = f"customer-{command.customer_id}"
    customer, _ = uow.load(stream, Customer, customers.evolve)
    if customer is None:
        raise CustomerNotFound(f"There is no customer {command.customer_id[:MAX_ID]!r}.")
    event = customers.erase(customer, command.reason)
    ids = {"customer_id": command.customer_id}
    if event is None:
        return Outcome(status=200, ids=ids)
    recorded = uow.append(stream, event, context=context, expected=command.expected_version)
    return Outcome(status=200, ids=ids, events=recorded)
