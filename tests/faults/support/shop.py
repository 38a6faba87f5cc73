"""A small store with everything on but HTTP: the product's own writer, handlers and projections, called directly.

What a till asks for carries a reference of the till's own in its tender. It is free text to the store, so nothing in
the store but the receipts keeps a repeated request from being booked twice, and the log can be held against what the
till remembers.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from appliance.application import commands as c
from appliance.application.dispatcher import Answer, Dispatcher
from appliance.application.facts import TOUCH
from appliance.application.handlers import HANDLERS
from appliance.application.ports import Context
from appliance.application.receipts import ReceiptKey
from appliance.domain.currency import Currency
from appliance.domain.events import Sealed
from appliance.domain.policy import StorePolicy
from appliance.domain.tax import TaxRate
from appliance.eventstore.clock import rfc3339, system_clock
from appliance.eventstore.group import Wiring
from appliance.eventstore.ids import uuid7
from appliance.eventstore.receipts import fingerprint
from appliance.eventstore.store import EventStore, open_store
from appliance.eventstore.vault import Vault
from appliance.projections import states
from appliance.projections.live import LiveFold

MACHINE = "machine-a"
REGISTER = "till-1"
PRODUCTS = ("tea", "jam", "bread")
PRICE = "2.50"
POLICY = StorePolicy(
    store_id="store-1",
    currency=Currency.of("GBP"),
    timezone=ZoneInfo("Europe/London"),
    taxes={"standard": TaxRate("20", True)},
)


@dataclass
class Opener:
    """Opens sealed data once the store has brought its vault."""

    vault: Vault | None = None

    def __call__(self, sealed: Sealed) -> dict[str, str] | None:
        return self.vault.open(sealed) if self.vault else None


@dataclass
class Shop:
    """An open store and its front door, for threads."""

    store: EventStore
    dispatcher: Dispatcher

    def ask(self, command: object, key: str) -> Answer:
        """Have a command done, durably, under an idempotency key."""
        print_ = fingerprint(b"s" * 32, "POST", type(command).__name__, key.encode())
        context = Context(command_id=uuid7(), occurred_at=system_clock(), role="manager")
        return self.store.writer.call(
            self.dispatcher.transaction(command, context, ReceiptKey(REGISTER, key, print_)), timeout_s=30
        )

    def sell(self, reference: str) -> Answer:
        """Ring up one sale; asked twice with the same reference it is one sale."""
        return self.ask(sale(reference), reference)


def sale(reference: str, register_id: str = REGISTER) -> c.RingUpSale:
    """Two lines for cash, under a fresh id, as the API would make it."""
    product = PRODUCTS[hash(reference) % len(PRODUCTS)]
    lines = (c.RungUpLine(product_id=product, quantity="2"), c.RungUpLine(product_id="tea", quantity="0.500"))
    tender = c.GivenTender(type="cash", amount=1_000, reference=reference)
    return c.RingUpSale(sale_id=uuid7(), register_id=register_id, currency="GBP", lines=lines, tenders=(tender,))


@contextlib.contextmanager
def opened(data: Path) -> Iterator[Shop]:
    """Start the store in `data` and stop it again; it has a register and a few products when this returns."""
    opener = Opener()
    wiring = Wiring(fold=LiveFold(opener), touches=TOUCH, clock=system_clock)
    store = open_store(data, wiring, machine=MACHINE, prepare=prepare)
    opener.vault = store.vault
    shop = Shop(store, Dispatcher(store.writer, HANDLERS, POLICY, lambda: rfc3339(system_clock())))
    try:
        stock_up(shop)
        yield shop
    finally:
        store.close()


def prepare(db: sqlite3.Connection) -> None:
    """Make the projections' tables fit."""
    db.execute("BEGIN IMMEDIATE")
    states.prepare(db, rfc3339(system_clock()))
    db.execute("COMMIT")


def stock_up(shop: Shop) -> None:
    """A register and something to sell: repeated after every cut, booked once."""
    shop.ask(c.AddRegister(register_id=REGISTER, name="Till 1"), "register")
    for product_id in PRODUCTS:
        product = c.DefineProduct(product_id=product_id, name=product_id.title(), tax_code="standard", price=PRICE)
        shop.ask(product, f"product-{product_id}")
