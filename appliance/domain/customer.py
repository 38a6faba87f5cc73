"""A customer: known by id for ever, by name only as long as the key to the personal data exists."""

from __future__ import annotations

from dataclasses import dataclass, replace

from appliance.domain.events import CustomerErased, CustomerRegistered, Event, Sealed
from appliance.domain.refusals import CustomerErasedAlready
from appliance.domain.text import check_id, check_text

MAX_COUNTRY = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Whether a customer is known, and still has personal data."""

    customer_id: str
    erased: bool = False


def evolve(state: Customer | None, event: Event) -> Customer:
    """The customer after one more event of its stream."""
    if isinstance(event, CustomerRegistered):
        return Customer(customer_id=event.customer_id)
    if state is None:
        msg = f"a customer's stream begins with customer.registered, not {type(event).__name__}"
        raise TypeError(msg)
    if isinstance(event, CustomerErased):
        return replace(state, erased=True)
    return state


def register(
    customer_id: str, known: Customer | None, personal: Sealed | None, country: str | None
) -> CustomerRegistered:
    """Make a customer known, or replace what is known; an erased one never comes back."""
    check_id(customer_id, "/customer_id")
    check_text(country or "", "/country", MAX_COUNTRY)
    if known is not None:
        check_not_erased(known)
    return CustomerRegistered(customer_id=customer_id, personal=personal, country=country)


def erase(customer: Customer, reason: str) -> CustomerErased | None:
    """Give up the key to all that was sealed for the customer; None where that has happened already."""
    check_text(reason, "/reason")
    if customer.erased:
        return None
    return CustomerErased(customer_id=customer.customer_id, reason=reason)


def check_not_erased(customer: Customer) -> None:
    """Refuse to do anything new for a customer who asked to be forgotten."""
    if customer.erased:
        raise CustomerErasedAlready(
            f"Customer {customer.customer_id} has been erased.",
            at="/customer_id",
            customer_id=customer.customer_id,
        )
