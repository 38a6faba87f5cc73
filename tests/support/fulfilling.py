"""Orders in a whole running store: what a test of their way asks for."""

import asyncio
from typing import Any

from appliance.eventstore import codec
from tests.support.api import Shop
from tests.support.stores import rows

ADDRESS = {"street": "Hauptstr. 1", "city": "Berlin", "state": "BE", "country": "DE", "postal_code": "10115"}
ADA = {"name": "Ada Example", "email": "ada@example.org", "phone": "030 1234"}
WAIT_SECONDS = 40.0


async def prepared(shop: Shop, quantity: str = "10") -> str:
    """With so much tea and jam in stock, and a customer; answers whose id."""
    lines = [{"product_id": product, "quantity": quantity} for product in ("tea", "jam")]
    assert (await shop.post("/stock/receipts", {"lines": lines})).status_code == 201
    answer = await shop.post("/customers", ADA)
    assert answer.status_code == 201
    return str(answer.json()["customer_id"])


async def order(shop: Shop, customer: str, *items: tuple[str, str], kind: str = "delivery") -> str:
    """Place an order; answers its id."""
    body = {
        "customer_id": customer,
        "kind": kind,
        "items": [{"product_id": product, "quantity": quantity} for product, quantity in items or [("tea", "1")]],
        "shipping_address": ADDRESS if kind == "delivery" else None,
    }
    answer = await shop.post("/orders", body)
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["order_id"])


async def shown(shop: Shop, order_id: str) -> dict[str, Any]:
    """The order as it is shown."""
    found: dict[str, Any] = (await shop.get(f"/orders/{order_id}")).json()
    return found


async def until(shop: Shop, order_id: str, status: str) -> dict[str, Any]:
    """The order, once it has that status."""
    found: dict[str, Any] = {}
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            while (found := await shown(shop, order_id))["status"] != status:  # noqa: ASYNC110  nobody tells
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"the order is {found['status']} ({found['reason']}), not {status}") from None
    return found


def events(shop: Shop, order_id: str) -> list[str]:
    """What has happened to the order, without the family's name."""
    sql = "SELECT type FROM events WHERE stream_id = ? ORDER BY version"
    return [kind.removeprefix("order.") for (kind,) in rows(shop.services.paths.data, sql, f"order-{order_id}")]


def saga(shop: Shop, order_id: str) -> list[Any]:
    """The story of the order's saga."""
    sql = "SELECT CAST(record AS BLOB) FROM events WHERE stream_id = ? ORDER BY version"
    return [codec.decode(record).event for (record,) in rows(shop.services.paths.data, sql, f"saga-{order_id}")]


async def level(shop: Shop, product_id: str) -> tuple[str, str]:
    """(on hand, reserved) of a product."""
    found = (await shop.get(f"/stock/{product_id}")).json()
    return found["on_hand"], found["reserved"]


async def books(shop: Shop) -> dict[str, int]:
    """What the books of all days say: documents and tenders."""
    sql = "SELECT CASE section WHEN 'tender' THEN key ELSE section END, sum(amount) FROM day_totals"
    sql += " WHERE section IN ('sales', 'refunds', 'tender') GROUP BY 1"
    return {"sales": 0, "refunds": 0, **dict(rows(shop.services.paths.data, sql))}
