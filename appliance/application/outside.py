"""The outside world as a saga sees it: inventory, payment, shipping and notification, whoever stands behind each.

Every call that changes something carries an idempotency key that is the same for every repetition of that call, so a
provider that keeps its word does it once. Every port can be asked with `query` what became of a key. What a call may
end in besides its answer is one of four errors, and the difference between them is what money hangs on:

- `NotSent`: nothing left this machine (breaker open, no route, refused connection); it is no attempt.
- `TryAgain`: the provider said that nothing was done and that a later try may succeed.
- `Declined`: the provider said no, for good; it is never retried under this key.
- `OutcomeUnknown`: the call left and no answer that can be trusted came back; ask `query` before anything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol


class OutsideError(Exception):
    """A call to the outside world that brought no answer to build on; `code` and `detail` are for people and events."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class NotSent(OutsideError):
    """Nothing left this machine. `retry_after_s` says when another look makes sense (a breaker's probe)."""

    def __init__(self, code: str, detail: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(code, detail)
        self.retry_after_s = retry_after_s


class TryAgain(OutsideError):
    """A definite failure that may pass: nothing was done."""


class Declined(OutsideError):
    """A definite refusal: nothing was done, and asking again under the same key gets the same answer."""


class OutcomeUnknown(OutsideError):
    """The call may have been carried out."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """So much of one product; `quantity` is a decimal string."""

    product_id: str
    quantity: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A product that is not there in the quantity asked for."""

    product_id: str
    requested_quantity: str
    available_quantity: str


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether all of it is there, and what is not."""

    all_available: bool
    unavailable_items: tuple[Unavailable, ...] = ()


@dataclass(frozen=True, slots=True)
class Reserved:
    """Goods held for an order; `expires_at` is RFC 3339, UTC, or None where they are held until released."""

    reservation_id: str
    expires_at: str | None = None


@dataclass(frozen=True, slots=True)
class Charged:
    """Money taken: exactly `amount` minor units of `currency`."""

    transaction_id: str
    amount: int
    currency: str
    processed_at: str  # RFC 3339, UTC


@dataclass(frozen=True, slots=True)
class Refunded:
    """Money given back."""

    refund_id: str
    amount: int


@dataclass(frozen=True, slots=True)
class Shipped:
    """A shipment that was made; for a pickup, the place on the pickup shelf."""

    shipment_id: str
    carrier: str
    tracking_number: str
    estimated_delivery: str | None = None  # YYYY-MM-DD


@dataclass(frozen=True, slots=True)
class Done:
    """Something without an answer of its own that was done."""

    reference: str = ""


Answer = Reserved | Charged | Refunded | Shipped | Done


@dataclass(frozen=True, slots=True)
class Found:
    """What a provider knows of a key.

    `state` is "done" (with the answer that the call would have brought), "refused" (nothing was done and never will
    be under this key; `detail` says why), "pending" (it is being worked on: ask again), or "absent" (the provider has
    never seen the key: the call may be sent, again).
    """

    state: Literal["done", "refused", "pending", "absent"]
    answer: Answer | None = None
    detail: str = ""


class Inventory(Protocol):
    """Who holds goods back for orders."""

    async def check_availability(self, items: Sequence[Wanted]) -> Availability:
        """Look, and hold nothing."""
        ...

    async def reserve(self, key: str, order_id: str, items: Sequence[Wanted], *, expires_in_s: int) -> Reserved:
        """Hold all of it or nothing; Declined with code "out_of_stock" where something is missing."""
        ...

    async def release(self, key: str, reservation_id: str) -> Done:
        """Let go of what was held; releasing what was never held or is gone already is done, too."""
        ...

    async def query(self, key: str) -> Found:
        """What became of a `reserve` or `release`."""
        ...


class Payment(Protocol):
    """Who takes the money."""

    async def charge(self, key: str, order_id: str, amount: int, currency: str) -> Charged:
        """Take `amount` minor units; Declined where the customer's money is refused."""
        ...

    async def refund(self, key: str, transaction_id: str, amount: int) -> Refunded:
        """Give back what a charge took."""
        ...

    async def query(self, key: str) -> Found:
        """What became of a `charge` or `refund`."""
        ...


class Shipping(Protocol):
    """Who brings the goods to the customer."""

    async def create(self, key: str, order_id: str, kind: str, address: Mapping[str, str] | None) -> Shipped:
        """Make the shipment; `kind` is "delivery" (with an address) or "pickup"."""
        ...

    async def cancel(self, key: str, shipment_id: str) -> Done:
        """Stop a shipment that has not left."""
        ...

    async def query(self, key: str) -> Found:
        """What became of a `create` or `cancel`."""
        ...


class Notification(Protocol):
    """Who tells the customer."""

    async def send(self, key: str, kind: str, recipient: Mapping[str, str] | None, content: Mapping[str, Any]) -> Done:
        """Send one message; `recipient` is opened personal data, or None where it was erased: then nothing is sent."""
        ...

    async def query(self, key: str) -> Found:
        """What became of a `send`."""
        ...


@dataclass(frozen=True, slots=True)
class Outside:
    """All ports, as sagas are given them; each attribute may change its adapter while the store runs."""

    inventory: Inventory
    payment: Payment
    shipping: Shipping
    notification: Notification
