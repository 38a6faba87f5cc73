"""A till's day over HTTP: ring up, read, find, void, refund."""

from typing import Any

from appliance.schemas import sales as s
from appliance.schemas.common import Listing
from tests.support.api import BARCODE, Shop, sale


async def rung_up(shop: Shop, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await shop.post("/sales", body or sale(), role="cashier")
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_sale_is_answered_as_it_was_booked(shop: Shop) -> None:
    booked = await rung_up(shop, sale({"barcode": BARCODE, "quantity": "3"}, {"product_id": "jam"}, paid=2000))

    s.Sale.model_validate(booked)
    assert booked["receipt_number"] == "till-1-1-1"
    assert [line["amount"] for line in booked["lines"]] == [750, 320]
    assert (booked["total"], booked["tenders"][0]["change"]) == (1070, 930)
    assert booked["position"] == shop.position


async def test_a_sale_is_read_back_with_what_became_of_it(shop: Shop) -> None:
    booked = await rung_up(shop, sale({"product_id": "tea", "quantity": "2"}))
    refund = {"register_id": "till-1", "lines": [{"line": 1, "quantity": "1"}], "reason": "torn"}
    back = await shop.post(
        f"/sales/{booked['sale_id']}/refunds", refund | {"tenders": [{"type": "cash", "amount": 250}]}
    )

    read = await shop.get(f"/sales/{booked['sale_id']}")

    detail = s.SaleDetail.model_validate(read.json())
    assert (detail.status, detail.version) == ("partly_refunded", 2)
    assert [each.model_dump() for each in detail.refunds] == [back.json()]
    assert detail.lines == s.Sale.model_validate(booked).lines


async def test_a_refund_is_read_by_its_id(shop: Shop) -> None:
    body = sale(paid=250, reason="no receipt")
    given = await shop.post("/refunds", body, role="supervisor")

    read = await shop.get(f"/refunds/{given.json()['refund_id']}")

    assert read.json() == given.json()
    assert s.Refund.model_validate(read.json()).sale_id is None


async def test_a_sale_is_voided_once(shop: Shop) -> None:
    booked = await rung_up(shop)
    body = {"register_id": "till-2", "reason": "wrong basket"}

    first = await shop.post(f"/sales/{booked['sale_id']}/void", body)
    second = await shop.post(f"/sales/{booked['sale_id']}/void", body)

    assert s.SaleVoid.model_validate(first.json()).voided_receipt == booked["receipt_number"]
    assert (second.status_code, second.json()["type"]) == (409, "/docs/problems#already-voided")


async def test_a_sale_is_found_by_the_tills_own_reference(shop: Shop) -> None:
    booked = await rung_up(shop, sale(client_ref="t1/42"))
    await rung_up(shop)

    found = await shop.get("/sales?client_ref=t1%2F42&register_id=till-1")

    items = Listing[s.DocumentSummary].model_validate(found.json()).items
    assert [each.id for each in items] == [booked["sale_id"]]


async def test_no_sale_has_a_reference_that_was_never_sent(shop: Shop) -> None:
    assert (await shop.get("/sales?client_ref=t1%2F42")).json() == {"items": [], "next_cursor": None}


async def test_sales_are_listed_part_by_part_newest_first(shop: Shop) -> None:
    booked = [(await rung_up(shop))["sale_id"] for _ in range(3)]

    first = (await shop.get("/sales?limit=2")).json()
    rest = (await shop.get(f"/sales?limit=2&cursor={first['next_cursor']}")).json()

    assert [each["id"] for each in first["items"] + rest["items"]] == booked[::-1]
    assert rest["next_cursor"] is None


async def test_documents_are_listed_by_their_kind(shop: Shop) -> None:
    booked = await rung_up(shop)
    await shop.post(f"/sales/{booked['sale_id']}/void", {"register_id": "till-1", "reason": "wrong basket"})

    kinds = {
        kind: [each["kind"] for each in (await shop.get(f"/sales?kind={kind}")).json()["items"]]
        for kind in ("sale", "void", "refund", "any")
    }

    assert kinds == {"sale": ["sale"], "void": ["void"], "refund": [], "any": ["void", "sale"]}


async def test_another_price_needs_the_right_to_it(shop: Shop) -> None:
    body = sale({"product_id": "tea", "unit_price": "1.00"})

    refused = await shop.post("/sales", body, role="cashier")
    allowed = await shop.post("/sales", body, role="supervisor")
    approved = await shop.post("/sales", body | {"approved_by": "bea"}, role="cashier")

    assert (refused.status_code, refused.json()["price_in_force"]) == (403, "2.50")
    assert (allowed.status_code, approved.status_code) == (201, 201)


async def test_the_events_carry_device_and_operator(shop: Shop) -> None:
    await rung_up(shop, sale(operator="anna"))

    record = (await shop.get(f"/events?after={shop.position - 1}")).json()["items"][0]

    assert (record["metadata"]["device"], record["metadata"]["operator"]) == ("device-cashier", "anna")
