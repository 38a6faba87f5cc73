"""What a customer may ask to see: all that is known of them, opened, and only by who may give it out."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.schemas.customers import CustomerExport
from tests.support.api import Shop, sale, serving, stocked
from tests.support.fulfilling import ADA, ADDRESS, order, prepared
from tests.support.people import ROLES, hire, session


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with serving(tmp_path / "data", sagas={"enabled": False}) as shop:
        yield await stocked(shop)


async def test_everything_known_of_a_customer_is_given_out_opened(shop: Shop) -> None:
    customer = await prepared(shop)
    placed = await order(shop, customer)
    sold = await shop.post("/sales", sale({"product_id": "tea"}, customer_id=customer))
    await shop.post("/sales", sale({"product_id": "tea"}))

    found = CustomerExport.model_validate((await shop.get(f"/customers/{customer}/export")).json())

    assert found.customer[0].data["personal"] == ADA
    assert [each.order_id for each in found.orders] == [placed]
    assert found.orders[0].events[0].data["address"] == ADDRESS
    assert [each.data["sale_id"] for each in found.documents] == [sold.json()["sale_id"]]


async def test_of_an_erased_customer_there_is_nothing_personal_to_give_out(shop: Shop) -> None:
    customer = await prepared(shop)
    await shop.send("DELETE", f"/customers/{customer}")

    answer = await shop.get(f"/customers/{customer}/export")

    assert answer.json()["customer"][0]["data"]["personal"] is None
    assert "Ada" not in answer.text
    assert (await shop.get("/customers/nobody/export")).status_code == 404


async def test_a_cashier_needs_somebodys_approval(shop: Shop) -> None:
    customer = await prepared(shop)
    await hire(shop, *ROLES)
    signed_on = await session(shop, "carl")

    refused = await shop.get(f"/customers/{customer}/export", role="cashier", headers=signed_on)

    assert refused.json()["type"].endswith("approval-required")
