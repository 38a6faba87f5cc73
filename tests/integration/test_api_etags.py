"""Changes say what they are based on; reads say what they show."""

from tests.support.api import Shop, sale

TEA = {"name": "Green tea", "tax_code": "standard", "price": "2.60"}


async def test_a_product_that_exists_is_not_replaced_blindly(shop: Shop) -> None:
    answer = await shop.put("/products/tea", TEA)

    assert (answer.status_code, answer.json()["type"]) == (428, "/docs/problems#precondition-required")
    assert answer.json()["version"] == 1


async def test_a_product_is_replaced_by_who_has_seen_it(shop: Shop) -> None:
    seen = (await shop.get("/products/tea")).headers["etag"]

    answer = await shop.put("/products/tea", TEA, headers={"if-match": seen})

    assert (answer.status_code, answer.headers["etag"]) == (200, '"v2"')
    assert (await shop.get("/products/tea")).json()["name"] == "Green tea"


async def test_a_change_based_on_an_old_state_is_refused(shop: Shop) -> None:
    seen = (await shop.get("/products/tea")).headers["etag"]
    await shop.put("/products/tea", TEA, headers={"if-match": seen})
    before = shop.position

    answer = await shop.put("/products/tea", TEA, headers={"if-match": seen})

    assert (answer.status_code, answer.json()["type"]) == (412, "/docs/problems#stale-version")
    assert shop.position == before


async def test_a_product_that_must_be_new_is_refused_where_it_is_not(shop: Shop) -> None:
    answer = await shop.put("/products/tea", TEA, headers={"if-none-match": "*"})

    assert (answer.status_code, answer.json()["type"]) == (412, "/docs/problems#stale-version")


async def test_a_condition_that_is_no_etag_is_refused(shop: Shop) -> None:
    answer = await shop.put("/products/tea", TEA, headers={"if-match": "1"})

    assert (answer.status_code, answer.json()["errors"][0]["at"]) == (400, "If-Match:")


async def test_a_sale_is_refunded_only_in_the_state_that_was_seen(shop: Shop) -> None:
    booked = (await shop.post("/sales", sale({"product_id": "tea", "quantity": "2"}))).json()
    back = {"tenders": [{"type": "cash", "amount": 250}], "reason": "torn", "register_id": "till-1"}
    refund = back | {"lines": [{"line": 1, "quantity": "1"}]}
    first = await shop.post(f"/sales/{booked['sale_id']}/refunds", refund, headers={"if-match": '"v1"'})

    second = await shop.post(f"/sales/{booked['sale_id']}/refunds", refund, headers={"if-match": '"v1"'})

    assert (first.status_code, second.status_code) == (201, 412)


async def test_a_read_of_what_the_client_has_is_answered_without_a_body(shop: Shop) -> None:
    tag = (await shop.get("/products/tea")).headers["etag"]

    answer = await shop.get("/products/tea", headers={"if-none-match": tag})

    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)


async def test_a_price_list_changes_what_a_read_of_a_product_shows(shop: Shop) -> None:
    seen = (await shop.get("/products/tea")).headers["etag"]
    now = shop.services.clock().isoformat()
    prices = [{"product_id": "tea", "price": "1.99"}]
    loaded = await shop.post("/pricelists", {"version": "w1", "valid_from": now, "prices": prices})
    assert loaded.status_code == 201

    shown = await shop.get("/products/tea", headers={"if-none-match": seen})
    changed = await shop.put("/products/tea", TEA, headers={"if-match": seen})

    assert (shown.status_code, shown.json()["price"], shown.json()["price_list"]) == (200, "1.99", "w1")
    assert changed.status_code == 200  # the product itself is still the one that was seen
