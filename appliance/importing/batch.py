"""What travels between the reader of a file and the store that books it: invoices in, what became of them out."""

from __future__ import annotations

import msgspec

BOOKED = "booked"
ALREADY = "already_booked"
DIFFERENT = "booked_differently"
REFUSED = "refused"


class Line(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """So much of a product at a price."""

    product_id: str
    quantity: str  # positive
    unit_price: str


class Adjustment(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A change of a product's book stock."""

    product_id: str
    quantity: str  # signed
    reason: str


class Invoice(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One invoice: a sale (or, where `refund` says so, an unlinked refund) and the stock adjustments on it."""

    number: str  # as in the file, e.g. "536365" or "C536379"
    refund: bool = False
    at: str  # the store's wall clock, without an offset
    customer_id: str | None = None
    country: str | None = None
    paid: int = 0  # what its lines come to by the file; the store reckons for itself and refuses another sum
    lines: list[Line] = []
    adjustments: list[Adjustment] = []

    def product_ids(self) -> list[str]:
        """The products it names, each once, in order."""
        ids = [line.product_id for line in self.lines] + [each.product_id for each in self.adjustments]
        return list(dict.fromkeys(ids))


class NewProduct(msgspec.Struct, kw_only=True):
    """What to call a product that the store does not know yet, and what it is."""

    product_id: str
    name: str
    kind: str


class Batch(msgspec.Struct, kw_only=True):
    """Invoices in the order they are to be booked, and every product they name."""

    invoices: list[Invoice]
    products: list[NewProduct]


class Result(msgspec.Struct, kw_only=True):
    """What became of one invoice; `total` is what the store holds for it, negative for a refund, 0 if nothing."""

    number: str
    outcome: str  # BOOKED, ALREADY, DIFFERENT, REFUSED
    total: int = 0
    code: str = ""  # of the refusal
    detail: str = ""


class Results(msgspec.Struct, kw_only=True):
    """What became of a batch, in its order."""

    results: list[Result]


class Standing(msgspec.Struct, kw_only=True):
    """What the store holds at the moment, and how it counts money."""

    currency: str
    exponent: int
    timezone: str
    store_total: int  # the sum of all day reports
    documents_total: int  # sales less refunds and voids, from the documents themselves
