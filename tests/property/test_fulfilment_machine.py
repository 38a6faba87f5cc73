"""Customers, tills, staff, operators and providers do what they like, in any order: money, goods and sagas add up.

A whole store on a real file with its engine running; the outside keeps its word about keys and a ledger, and fails as
it is told to. After everything that happens the store is left alone until nothing is due, and judged.
"""

import asyncio
import shutil
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from appliance.application.outside import Declined, NotSent, OutcomeUnknown, TryAgain
from appliance.domain import events_saga as s
from tests.faults.support.scale import allowed, scaled
from tests.support.api import Shop, sale, serving, stocked
from tests.support.fulfilling import ADDRESS, books, prepared, saga
from tests.support.providers import Late, Providers, late
from tests.support.sagas import unheld
from tests.support.skipping import left, move_on, skip
from tests.support.stores import rows

OPENING, PRICE = 20, 250
SOLD_OUT = 409
DAY_MS, HOUR_MS = 86_400_000, 3_600_000
QUIET_LOOKS = 3  # nothing is due, seen so often in a row: what was just answered has been booked as well
PATIENCE_SECONDS = 40.0
FAULTS: dict[str, Any] = {
    "declined": lambda: Declined("no", "No."),
    "busy": lambda: TryAgain("busy", "Later."),
    "not done, nobody knows": lambda: OutcomeUnknown("reset", "The line broke."),
    "done, nobody knows": late,
    "not sent": lambda: NotSent("breaker-open", "Down.", retry_after_s=5.0),
}
TURNED = {"cancelled", "failed", "expired"}


class Fulfilment(RuleBasedStateMachine):
    """Each rule is something that somebody does."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.world = Providers()
        self.orders: list[str] = []
        self.shop = self.run(self._opened())
        self.run(stocked(self.shop))
        self.customer = self.run(prepared(self.shop, str(OPENING)))

    def run(self, work: Any) -> Any:
        """On the store's loop, until it is done."""
        return self.runner.run(work)

    async def _opened(self) -> Shop:
        return await self.stack.enter_async_context(serving(self.place / "data", around=self.world.around))

    def teardown(self) -> None:
        try:
            self.nothing_is_left_hanging_in_the_end()
        finally:
            self.run(self.stack.aclose())
            self.runner.close()
            shutil.rmtree(self.place)

    async def _left_alone(self, at_most_ms: int = HOUR_MS) -> None:
        """Until nothing is due, however often something fails: what waits for days or for people is let wait."""
        services, quiet = self.shop.services, 0
        async with asyncio.timeout(PATIENCE_SECONDS):
            while quiet < QUIET_LOOKS:
                moved = await skip(services, at_most_ms)
                quiet = 0 if moved or left(services)[0] else quiet + 1
                await asyncio.sleep(0.005)

    async def _asked(self, path: str, body: Any = None) -> int:
        answer = await self.shop.post(path, {} if body is None else body)
        assert answer.status_code < 500, answer.text
        await self._left_alone()
        return int(answer.status_code)

    # --- what happens ---------------------------------------------------------------------------------------------

    @rule(
        quantity=st.integers(1, 4),
        kind=st.sampled_from(["delivery", "pickup"]),
        charge=st.sampled_from([None, *sorted(FAULTS)]),
    )
    def a_customer_orders(self, quantity: int, kind: str, charge: str | None) -> None:
        if charge is not None:
            self.a_provider_is_about_to_fail("charge", charge)
        address = ADDRESS if kind == "delivery" else None
        items = [{"product_id": "tea", "quantity": str(quantity)}]
        body = {"customer_id": self.customer, "kind": kind, "items": items, "shipping_address": address}
        answer = self.run(self.shop.post("/orders", body))
        if answer.status_code == SOLD_OUT:
            return
        assert answer.status_code == 201, answer.text
        self.orders.append(answer.json()["order_id"])
        self.run(self._left_alone())

    @rule(kind=st.sampled_from(["charge", "refund", "ship", "unship", "send"]), fault=st.sampled_from(sorted(FAULTS)))
    def a_provider_is_about_to_fail(self, kind: str, fault: str) -> None:
        planned: list[Any] = self.world.plans.setdefault(kind, [])
        planned.append(FAULTS[fault]())
        assert all(isinstance(each, Exception | Late) for each in planned)

    @rule(quantity=st.integers(1, 3))
    def a_till_sells(self, quantity: int) -> None:
        assert self.run(self._asked("/sales", sale({"product_id": "tea", "quantity": str(quantity)}))) == 201

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), short=st.booleans())
    def somebody_picks(self, data: Any, *, short: bool) -> None:
        lines = {"lines": [{"line": 1, "picked": "0.5"}]} if short else {}
        self.run(self._asked(f"/orders/{self._drawn(data)}/pick", lines))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), what=st.sampled_from(["handover", "cancel"]))
    def a_customer_comes_or_changes_their_mind(self, data: Any, what: str) -> None:
        self.run(self._asked(f"/orders/{self._drawn(data)}/{what}"))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), action=st.sampled_from(["retry", "compensate"]))
    def an_operator_decides(self, data: Any, action: str) -> None:
        self.run(self._asked(f"/sagas/{self._drawn(data)}/{action}", {"reason": "told to"}))

    @rule(days=st.sampled_from([1, 4, 8]))
    def days_go_by(self, days: int) -> None:
        self.run(move_on(self.shop.services, days * DAY_MS))
        self.run(self._left_alone())

    @rule()
    def the_store_is_stopped_and_started(self) -> None:
        self.run(self.stack.aclose())
        tokens, self.shop = self.shop.tokens, self.run(self._opened())
        self.shop.tokens.update(tokens)
        self.run(self._left_alone())

    def _drawn(self, data: Any) -> str:
        return str(data.draw(st.sampled_from(self.orders)))

    # --- I5: sagas ------------------------------------------------------------------------------------------------

    @invariant()
    def a_living_saga_holds_a_message_and_none_ends_twice(self) -> None:
        assert unheld(self.data) == []
        for order_id in self.orders:
            kinds = Counter(type(each) for each in saga(self.shop, order_id))
            assert kinds[s.SagaCompleted] + kinds[s.SagaCompensated] <= 1

    # --- I6: money ------------------------------------------------------------------------------------------------

    @invariant()
    def nobody_pays_twice_and_what_is_kept_was_sold(self) -> None:
        booked = dict(rows(self.data, "SELECT order_id, total FROM orders"))
        for order_id, status in self._statuses().items():
            taken, back = self.world.charges(order_id), self.world.refunds(order_id)
            assert len(taken) <= 1, order_id
            assert len(back) <= len(taken), order_id
            if status in TURNED:
                assert sum(taken) == sum(back), order_id
            if status == "confirmed":
                assert (sum(taken), back) == (booked[order_id], []), order_id

    # --- I7: goods ------------------------------------------------------------------------------------------------

    @invariant()
    def goods_are_where_the_book_says(self) -> None:
        [(on_hand, reserved)] = rows(
            self.data, "SELECT on_hand_milli, reserved_milli FROM stock WHERE product_id = 'tea'"
        )
        sql = "SELECT coalesce(sum(quantity_milli), 0) FROM reservations WHERE product_id = 'tea'"
        assert reserved == rows(self.data, sql)[0][0]
        booked = self.run(books(self.shop))
        assert on_hand == OPENING * 1000 - (booked["sales"] - booked["refunds"]) * 1000 // PRICE
        ended = {order_id for order_id, status in self._statuses().items() if status in TURNED | {"confirmed"}}
        holding = {order_id for (order_id,) in rows(self.data, "SELECT order_id FROM reservations")}
        assert not ended & holding

    # --- in the end -----------------------------------------------------------------------------------------------

    def nothing_is_left_hanging_in_the_end(self) -> None:
        """All providers work again and nobody comes: each order ends in its time, or is stuck for all to see."""
        self.world.plans.clear()
        for _ in range(4):
            self.run(self._left_alone(30 * DAY_MS))
        assert set(self._statuses().values()) <= TURNED | {"confirmed", "stuck"}
        self.nobody_pays_twice_and_what_is_kept_was_sold()
        self.goods_are_where_the_book_says()

    @property
    def data(self) -> Path:
        return self.place / "data"

    def _statuses(self) -> dict[str, str]:
        return dict(rows(self.data, "SELECT order_id, status FROM orders"))


pytestmark = pytest.mark.timeout(allowed(300))
TestFulfilment = Fulfilment.TestCase
# A store is opened for each example: making a failure smaller would take longer than a person.
TestFulfilment.settings = settings(
    max_examples=scaled(2),
    stateful_step_count=12,
    deadline=None,
    phases=(Phase.generate,),
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
