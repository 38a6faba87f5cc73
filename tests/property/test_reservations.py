"""Goods held for orders: never more than there are, never for ever, and always what the log says."""

from contextlib import suppress
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from appliance.application.commands import GivenTender, ReceivedLine, ReceiveStock, RingUpSale, RungUpLine
from appliance.application.commands_fulfilment import ExpireReservations, ReleaseStock, ReservedLine, ReserveStock
from appliance.application.handlers import reservations as held
from appliance.domain.calendar import utc_text
from appliance.domain.refusals import Refusal
from appliance.projections import canonical, registry
from tests.support.fake_uow import FakeUnitOfWork, shop
from tests.support.folding import fresh, opener

PRODUCTS = st.sampled_from(["tea", "mug"])
QUANTITIES = st.sampled_from(["0.5", "1", "2", "3", "7"])
HOURS = st.integers(0, 30)
LIFE_S = 24 * 3600


class Shelf(RuleBasedStateMachine):
    """Orders and tills reach for the same goods, in any order, while time passes and jumps."""

    def __init__(self) -> None:
        super().__init__()
        self.store = shop()
        self.made: list[str] = []
        self.serial = 0

    def number(self) -> str:
        self.serial += 1
        return str(self.serial)

    @rule(product=PRODUCTS, quantity=QUANTITIES)
    def receive(self, product: str, quantity: str) -> None:
        line = ReceivedLine(product_id=product, quantity=quantity)
        self.store.when(ReceiveStock(receipt_id=f"g-{self.number()}", lines=(line,)))

    @rule(product=PRODUCTS, quantity=QUANTITIES)
    def sell(self, product: str, quantity: str) -> None:
        """A till is never refused."""
        line = RungUpLine(product_id=product, quantity=quantity)
        tender = GivenTender(type="cash", amount=100_000)
        self.store.when(
            RingUpSale(
                sale_id=f"s-{self.number()}", register_id="till-1", currency="GBP", lines=(line,), tenders=(tender,)
            )
        )

    @rule(wanted=st.lists(st.tuples(PRODUCTS, QUANTITIES), min_size=1, max_size=3))
    def reserve(self, wanted: list[tuple[str, str]]) -> None:
        free = self.free()
        reservation_id = f"v-{self.number()}"
        outcome = self.store.when(
            ReserveStock(
                reservation_id=reservation_id,
                order_id=f"o-{reservation_id}",
                lines=tuple(ReservedLine(product_id=product, quantity=quantity) for product, quantity in wanted),
                expires_in_s=LIFE_S,
            )
        )
        asked = {each: sum(int(float(q) * 1000) for p, q in wanted if p == each) for each, _ in wanted}
        fits = all(free.get(product, 0) >= quantity for product, quantity in asked.items())
        assert (outcome.status == held.HELD) == fits
        assert bool(outcome.events) == fits
        if fits:
            self.made.append(reservation_id)
            assert all(left >= 0 for product, left in self.free().items() if product in asked)

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        reservation_id = data.draw(st.sampled_from([*self.made, "v-none"]))
        self.store.when(ReleaseStock(reservation_id=reservation_id))
        assert self.store.rows("SELECT * FROM reservations WHERE reservation_id = ?", reservation_id) == []

    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        reservation_id = data.draw(st.sampled_from([*self.made, "v-none"]))
        unit = FakeUnitOfWork(self.store.log)
        with suppress(Refusal):
            held.issue(unit, reservation_id, self.store.context)
        unit.commit()
        assert self.store.rows("SELECT * FROM reservations WHERE reservation_id = ?", reservation_id) == []

    @rule(hours=HOURS)
    def time_passes(self, hours: int) -> None:
        self.store.later(hours=hours)
        self.store.when(ExpireReservations())
        now = self.store.context.occurred_at
        latest = utc_text(now + timedelta(seconds=LIFE_S))
        kept = [each for (each,) in self.store.rows("SELECT expires_at FROM reservations")]
        assert all(utc_text(now) < each <= latest for each in kept)

    def free(self) -> dict[str, int]:
        return dict(self.store.rows("SELECT product_id, on_hand_milli - reserved_milli FROM stock"))

    @invariant()
    def what_is_reserved_is_the_sum_of_what_is_held(self) -> None:
        sums = dict(self.store.rows("SELECT product_id, sum(quantity_milli) FROM reservations GROUP BY 1"))
        levels = self.store.rows("SELECT product_id, reserved_milli FROM stock")
        assert {product: held for product, held in levels if held} == sums
        assert all(held >= 0 for _, held in levels)

    def teardown(self) -> None:
        projections = registry.live()
        again = fresh(projections)
        registry.fold(again, registry.dispatch(projections), self.store.log.events, opener)
        self.store.log.settle()
        assert list(canonical.dump(again, projections)) == list(canonical.dump(self.store.log.db, projections))


TestShelf = Shelf.TestCase
TestShelf.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
