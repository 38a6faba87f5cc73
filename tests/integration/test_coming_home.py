"""A tail that head office gave back while the store runs is as good as if it had never been gone."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.config import ScrubSettings, SyncSettings
from appliance.eventstore.store import Paths
from appliance.verification import verify_at_rest
from tests.support import fulfilling
from tests.support.api import Shop, serving, stocked
from tests.support.head_office import HeadOffice, head_office
from tests.support.rolling_back import rolled_back, snapshot_of
from tests.support.sagas import unheld
from tests.support.syncing import MACHINE, STORE, drained, findings_of

TOKENS: dict[Path, dict[str, str]] = {}
"""Of the devices enrolled in a store, over its restarts."""

SALE = {
    "register_id": "till-1",
    "currency": "EUR",
    "lines": [{"product_id": "tea"}],
    "tenders": [{"type": "cash", "amount": 250}],
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@asynccontextmanager
async def at_home(office: HeadOffice, data: Path) -> AsyncIterator[Shop]:
    """The store behind its application, at head office; everything has been sent when it closes."""
    sync = SyncSettings(url=office.natsd.url, credentials=office.folder.seed(STORE))
    more: dict[str, Any] = {"machine_id": MACHINE, "scrub": ScrubSettings(enabled=False), "sync": sync}
    async with serving(data, **more) as shop:
        shop.tokens = TOKENS.setdefault(data, {})
        yield shop
        await drained(shop.services)


async def test_what_is_repeated_after_a_rollback_is_answered_again_and_booked_once(
    office: HeadOffice, data: Path
) -> None:
    async with at_home(office, data) as shop:
        await stocked(shop)
    snapshot_of(data)
    async with at_home(office, data) as shop:
        first = await shop.post("/sales", SALE, key="k-sale")
        assert first.status_code == 201
        sale = first.json()["sale_id"]
        refund = await shop.post(
            f"/sales/{sale}/refunds",
            {
                "register_id": "till-1",
                "reason": "broken",
                "tenders": [{"type": "cash", "amount": 250}],
            },
            key="k-refund",
        )
        goods = {"lines": [{"product_id": "tea", "quantity": "5"}]}
        assert (await shop.post("/stock/receipts", goods, key="k-goods")).status_code == 201
    rolled_back(data)

    async with at_home(office, data) as shop:
        await drained(shop.services)
        position = shop.position
        again = await shop.post("/sales", SALE, key="k-sale")
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["idempotent-replayed"] == "true"
        asked = await shop.get("/idempotency/k-sale?register_id=till-1")
        assert asked.json()["ids"] == {"sale_id": sale, "receipt_number": first.json()["receipt_number"]}
        assert asked.json()["key"] == "k-sale"
        path = f"/sales/{sale}/refunds"
        body = {"register_id": "till-1", "reason": "broken", "tenders": [{"type": "cash", "amount": 250}]}
        assert (await shop.post(path, body, key="k-refund")).content == refund.content
        goods_again = await shop.post("/stock/receipts", goods, key="k-goods")
        assert goods_again.status_code == 409
        assert goods_again.json()["type"].endswith("booked-before-restore")
        assert shop.position == position
        assert (await shop.post("/sales", SALE, key="another")).status_code == 201
        assert (await shop.post("/sales", SALE, key="k-sale")).content == first.content

    assert verify_at_rest(Paths(data), lambda _: None, lambda _: None) == []


async def test_an_order_that_came_back_with_the_tail_is_fulfilled_without_a_restart(
    office: HeadOffice, data: Path
) -> None:
    async with at_home(office, data) as shop:
        await stocked(shop)
        customer = await fulfilling.prepared(shop)
    snapshot_of(data)
    async with at_home(office, data) as shop:
        order = await fulfilling.order(shop, customer, kind="pickup")
        await fulfilling.until(shop, order, "awaiting_pick")
    rolled_back(data)

    async with at_home(office, data) as shop:
        await drained(shop.services)
        assert (await fulfilling.shown(shop, order))["status"] == "awaiting_pick"
        assert unheld(data) == []
        assert "saga-without-message" in findings_of(data)
        assert (await shop.post(f"/orders/{order}/cancel", {"reason": "changed their mind"})).status_code == 200
        await fulfilling.until(shop, order, "cancelled")
        assert (await fulfilling.level(shop, "tea"))[1] == "0"
