"""The adapters that are built in: done once a key, asked by it, and known again after a restart."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.application import outside as o
from appliance.application.outside import Outside
from tests.support.api import Shop, serving, stocked
from tests.support.fulfilling import level, prepared


class Kept:
    """The ports as sagas get them."""

    def __init__(self) -> None:
        self.outside: Outside | None = None

    def around(self, outside: Outside) -> Outside:
        self.outside = outside
        return outside

    @property
    def ports(self) -> Outside:
        assert self.outside is not None
        return self.outside


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
async def shop(tmp_path: Path, kept: Kept) -> AsyncIterator[Shop]:
    async with serving(tmp_path / "data", around=kept.around) as shop:
        await stocked(shop)
        await prepared(shop)
        yield shop


TEA = (o.Wanted("tea", "3"),)


async def test_goods_are_held_once_a_key_however_often_it_is_asked(shop: Shop, kept: Kept) -> None:
    inventory = kept.ports.inventory

    asked = [inventory.reserve("o-1:reserve:1", "o-1", TEA, expires_in_s=60) for _ in range(5)]
    answers = await asyncio.gather(*asked)

    assert len(set(answers)) == 1
    assert await level(shop, "tea") == ("10", "3")
    assert await inventory.query("o-1:reserve:1") == o.Found("done", answers[0])


async def test_a_no_stays_a_no_under_its_key(shop: Shop, kept: Kept) -> None:
    inventory, wanted = kept.ports.inventory, (o.Wanted("tea", "11"),)
    with pytest.raises(o.Declined, match="tea") as refused:
        await inventory.reserve("k", "o-1", wanted, expires_in_s=60)
    await shop.post("/stock/receipts", {"lines": [{"product_id": "tea", "quantity": "50"}]})

    with pytest.raises(o.Declined):
        await inventory.reserve("k", "o-1", wanted, expires_in_s=60)

    assert refused.value.code == "out_of_stock"
    assert (await inventory.query("k")).state == "refused"
    assert await level(shop, "tea") == ("60", "0")


async def test_goods_are_let_go_once_and_what_was_never_held_is_let_go_too(shop: Shop, kept: Kept) -> None:
    inventory = kept.ports.inventory
    held = await inventory.reserve("k", "o-1", TEA, expires_in_s=60)

    first = await inventory.release("k:undo", held.reservation_id)
    again = await inventory.release("k:undo", held.reservation_id)
    never = await inventory.release("k2:undo", "no-such-reservation")

    assert first == again
    assert never == o.Done("no-such-reservation")
    assert await level(shop, "tea") == ("10", "0")


async def test_availability_names_what_is_not_there(shop: Shop, kept: Kept) -> None:
    found = await kept.ports.inventory.check_availability((o.Wanted("tea", "11"), o.Wanted("jam", "1")))

    assert found == o.Availability(all_available=False, unavailable_items=(o.Unavailable("tea", "11", "10"),))


async def test_a_charge_and_its_refund_are_known_by_their_keys(shop: Shop, kept: Kept) -> None:
    payment = kept.ports.payment

    charged = await payment.charge("o-1:pay:1", "o-1", 500, "EUR")
    again = await payment.charge("o-1:pay:1", "o-1", 500, "EUR")
    refunded = await payment.refund("o-1:pay:undo", charged.transaction_id, 500)

    assert again == charged
    assert await payment.query("o-1:pay:1") == o.Found("done", charged)
    assert await payment.query("o-1:pay:undo") == o.Found("done", refunded)
    assert await payment.query("o-2:pay:1") == o.Found("absent")


async def test_a_key_of_another_call_is_refused(shop: Shop, kept: Kept) -> None:
    await kept.ports.payment.charge("k", "o-1", 500, "EUR")

    with pytest.raises(o.Declined) as refused:
        await kept.ports.payment.charge("k", "o-1", 600, "EUR")

    assert refused.value.code == "idempotency-key-reused"


async def test_a_place_on_the_shelf_is_known_by_its_key(shop: Shop, kept: Kept) -> None:
    shipping = kept.ports.shipping

    made = await shipping.create("k", "o-1-abc12", "pickup", None)
    stopped = await shipping.cancel("k:undo", made.shipment_id)

    assert (made.carrier, made.tracking_number) == ("pickup-shelf", "ABC12")
    assert await shipping.query("k") == o.Found("done", made)
    assert await shipping.query("k:undo") == o.Found("done", stopped)


async def test_a_message_is_written_down_without_whom_it_is_for(
    shop: Shop, kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    notification, ada = kept.ports.notification, {"name": "Ada", "email": "ada@example.org"}

    done = [await notification.send("k", "order_confirmed", ada, {"order_id": "o-1", "total": 500}) for _ in range(2)]

    said = capsys.readouterr().err
    assert done == [o.Done("journal")] * 2
    assert said.count('"kind": "order_confirmed"') == 1
    assert "ada" not in said.lower()


async def test_what_was_done_is_known_after_a_restart(tmp_path: Path, kept: Kept) -> None:
    data = tmp_path / "data"
    async with serving(data, around=kept.around):
        charged = await kept.ports.payment.charge("k", "o-1", 500, "EUR")
    async with serving(data, around=kept.around):
        assert await kept.ports.payment.query("k") == o.Found("done", charged)
