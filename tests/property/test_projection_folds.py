"""However the log is cut into batches, the tables come out the same, row for row."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.application.ports import Recorded
from appliance.domain import events as e
from appliance.domain import events_fulfilment as f
from appliance.projections import canonical, fts, registry
from tests.support.every_saga_event import EVERY_SAGA_EVENT
from tests.support.folding import Log, fresh, line, opener, sealed
from tests.support.fulfilled import JAM, events_of, reserved
from tests.support.shop import closed, opened, ordered

PRODUCTS = st.sampled_from(["tea", "jam", "pie"])
PEOPLE = st.sampled_from(["ann", "bob"])
TILLS = st.sampled_from(["till-1", "till-2"])
QUANTITIES = st.sampled_from(["0.5", "1", "2", "12", "2.125"])
CODES = st.lists(st.sampled_from(["1", "2", "3", "4"]), max_size=3, unique=True).map(tuple)


class Happening:
    """Draws one thing after the other that may happen in a shop, in any order, and writes it to a log."""

    def __init__(self, data: st.DataObject) -> None:
        self.draw = data.draw
        self.log = Log()
        self.sales: list[e.SaleCompleted] = []
        self.sessions = {"till-1": 1, "till-2": 1}

    def happen(self) -> None:
        self.draw(
            st.sampled_from(
                [
                    *(self.define, self.price, self.move, self.sell, self.undo, self.drawer, self.person),
                    *(self.saga, self.fulfil),
                ]
            )
        )()

    def define(self) -> None:
        product = self.draw(PRODUCTS)
        price = self.draw(st.sampled_from([None, "1.20", "0.001"]))
        event = e.ProductDefined(
            product_id=product, name="x", kind="stocked", tax_code="t", barcodes=self.draw(CODES), price=price
        )
        self.log.add(f"product-{product}", event)

    def price(self) -> None:
        version, part = self.draw(st.sampled_from(["v1", "v2"])), self.draw(st.integers(1, 2))
        if self.draw(st.booleans()):
            prices = (e.ListPrice(product_id=self.draw(PRODUCTS), price=self.draw(QUANTITIES)),)
            event: e.Event = e.PriceListStaged(version=version, part=part, prices=prices)
        else:
            event = e.PriceListActivated(version=version, valid_from="2026-01-01", parts=part, products=1)
        self.log.add(f"pricelist-{version}", event)

    def move(self) -> None:
        product, quantity = self.draw(PRODUCTS), self.draw(QUANTITIES)
        choices: list[e.Event] = [
            e.StockReceived(product_id=product, quantity=quantity),
            e.StockAdjusted(product_id=product, quantity=f"-{quantity}", reason="lost"),
            e.StockCounted(product_id=product, counted="1", book="0", variance=quantity),
        ]
        event = self.draw(st.sampled_from(choices))
        self.log.add(f"stock-{product}", event)

    def lines(self) -> list[e.SaleLine]:
        drawn = self.draw(st.lists(st.tuples(PRODUCTS, QUANTITIES, st.integers(0, 999), st.booleans()), min_size=1))
        return [
            line(product, quantity, amount, number=n, stocked=stocked)
            for n, (product, quantity, amount, stocked) in enumerate(drawn, 1)
        ]

    def sell(self) -> None:
        number = len(self.log.events)
        self.sales.append(self.log.sale(f"s-{number}", *self.lines(), register_id=self.draw(TILLS)))

    def undo(self) -> None:
        number, sale = len(self.log.events), self.draw(st.sampled_from([None, *self.sales]))
        if sale is None:
            self.log.refund(
                f"r-{number}", *self.lines(), register_id=self.draw(TILLS), restock=self.draw(st.booleans())
            )
        elif self.draw(st.booleans()):
            self.log.void(sale)
        else:
            self.log.refund(f"r-{number}", sale.lines[0], sale_id=sale.sale_id)

    def drawer(self) -> None:
        till = self.draw(TILLS)
        session = self.sessions[till]
        choices: list[e.Event] = [
            e.RegisterAdded(register_id=till, name="Front"),
            opened(till, session),
            closed(till, session),
            e.DrawerPaidIn(register_id=till, session=session, amount=7, reason="change"),
            e.DrawerPaidOut(register_id=till, session=session, amount=5, reason="milk"),
            e.DrawerCounted(register_id=till, session=session, counted=99),
        ]
        event = self.draw(st.sampled_from(choices))
        if isinstance(event, e.DrawerClosed):
            self.sessions[till] += 1
        self.log.add(f"register-{till}", event)

    def fulfil(self) -> None:
        order = f"o-{self.draw(st.integers(1, 3))}-{self.draw(PEOPLE)}"
        held = reserved(order)
        gone: dict[str, Any] = {"reservation_id": held.reservation_id, "order_id": order, "lines": (JAM,)}
        choices: list[e.Event] = [held, f.StockReleased(**gone, reason="no"), f.StockIssued(**gone), *events_of(order)]
        event = self.draw(st.sampled_from(choices))
        about_goods = isinstance(event, f.StockReserved | f.StockReleased | f.StockIssued)
        self.log.add(f"reservation-{held.reservation_id}" if about_goods else f"order-{order}", event)

    def person(self) -> None:
        person, order = self.draw(PEOPLE), f"o-{self.draw(st.integers(1, 3))}"
        personal = sealed(person, name=self.draw(st.sampled_from(["Ann Lee", "Bob Ray"])))
        choices: list[e.Event] = [
            e.CustomerRegistered(customer_id=person, personal=personal),
            e.CustomerErased(customer_id=person),
            ordered(f"{order}-{person}", person),
            e.OrderCancelled(order_id=f"{order}-{person}", reason="no"),
        ]
        event = self.draw(st.sampled_from(choices))
        about_order = isinstance(event, e.OrderCreated | e.OrderCancelled)
        stream = f"order-{order}-{person}" if about_order else f"customer-{person}"
        again = isinstance(event, e.OrderCreated) and any(
            isinstance(each.event, e.OrderCreated) for each in self.log.events if each.stream_id == stream
        )
        if not again:  # an order is created once
            self.log.add(stream, event)

    def saga(self) -> None:
        saga_id = self.draw(st.sampled_from(["o-1", "o-2"]))
        stream = f"saga-{saga_id}"
        begun = EVERY_SAGA_EVENT["saga.started"]
        later = [each for each in EVERY_SAGA_EVENT.values() if each is not begun]
        event = self.draw(st.sampled_from(later)) if stream in self.log.versions else begun
        self.log.add(stream, replace(event, saga_id=saga_id))


def fold_in_batches(events: Sequence[Recorded], cuts: Sequence[int]) -> list[str]:
    projections = registry.live()
    db, wanting = fresh(projections), registry.dispatch(projections)
    edges = [0, *sorted(set(cuts)), len(events)]
    for start, end in pairwise(edges):
        registry.fold(db, wanting, events[start:end], opener)
    assert all(fts.is_sound(db, table) for table in fts.fts_tables(projections))
    return list(canonical.dump(db, projections))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), size=st.integers(1, 30))
def test_the_rows_are_the_same_however_the_log_is_cut(data: st.DataObject, size: int) -> None:
    shop = Happening(data)
    for _ in range(size):
        shop.happen()
    events = shop.log.events
    cuts = data.draw(st.lists(st.integers(0, len(events)), max_size=6), label="cuts")

    whole = fold_in_batches(events, [])

    assert fold_in_batches(events, cuts) == whole
    assert fold_in_batches(events, range(len(events))) == whole
