"""Orders on their way to the customer, in a whole running store with its own stock, record and shelf."""

from appliance.schemas import orders as o
from tests.support.api import Shop
from tests.support.fulfilling import books, events, level, order, prepared, until


async def test_a_delivery_is_held_paid_shipped_booked_and_confirmed(shop: Shop) -> None:
    customer = await prepared(shop)

    placed = await order(shop, customer, ("tea", "2"), ("jam", "1"))
    read = await until(shop, placed, "confirmed")

    order_ = o.Order.model_validate(read)
    assert order_.payment is not None
    assert order_.shipment is not None
    assert (order_.payment.status, order_.payment.amount) == ("paid", 820)
    assert (order_.shipment.status, order_.shipment.carrier) == ("shipped", "store")
    assert events(shop, placed) == ["created", "reserved", "paid", "shipped", "confirmed"]
    assert [(each.step, each.status, each.attempts, each.errors) for each in order_.steps] == [
        (step, "done", 1, [])
        for step in (
            *("validate_order", "reserve_inventory", "process_payment", "create_shipment", "send_order_confirmation"),
        )
    ]
    assert await level(shop, "tea") == ("8", "0")
    assert await level(shop, "jam") == ("9", "0")
    assert await books(shop) == {"sales": 820, "refunds": 0, "card": 820}


async def test_the_sale_of_an_order_is_a_sale_like_any_other(shop: Shop) -> None:
    customer = await prepared(shop)
    placed = await order(shop, customer, ("tea", "2"))
    await until(shop, placed, "confirmed")

    sale = (await shop.get(f"/sales/{placed}")).json()

    assert (sale["receipt_number"], sale["total"], sale["customer_id"]) == ("orders-1-1", 500, customer)
    assert [(line["product_id"], line["quantity"], line["amount"]) for line in sale["lines"]] == [("tea", "2", 500)]
    assert sale["lines"][0]["tax"] == [{"code": "standard", "rate": "19", "inclusive": True, "base": 420, "amount": 80}]
    assert (sale["tenders"][0]["type"], sale["tenders"][0]["amount"]) == ("card", 500)


async def test_nothing_is_left_to_chance_by_an_order_of_nothing_but_a_service(shop: Shop) -> None:
    customer = await prepared(shop)
    wrapping = {"name": "Wrapping", "tax_code": "standard", "price": "0", "kind": "service"}
    assert (await shop.put("/products/wrapping", wrapping)).status_code == 201

    placed = await order(shop, customer, ("wrapping", "1"))
    read = await until(shop, placed, "confirmed")

    assert (read["payment"]["amount"], read["payment"]["transaction_id"]) == (0, None)
    assert await books(shop) == {"sales": 0, "refunds": 0}
