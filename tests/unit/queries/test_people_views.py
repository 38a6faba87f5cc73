"""What the shop answers about its customers and their orders."""

import pytest

from appliance.queries import customers, orders
from appliance.queries.pool import Pool
from tests.support.folding import Log
from tests.support.lists import ids, walk
from tests.support.shop import ordered


async def test_a_customer_is_shown_and_an_erased_one_shows_nothing_personal(pool: Pool) -> None:
    ann, bob = await customers.get(pool, "ann"), await customers.get(pool, "bob")

    assert ann is not None
    assert bob is not None
    assert (ann["name"], ann["email"], ann["erased"]) == ("Ann Lee", "ann@example.com", False)
    assert bob == {
        "customer_id": "bob",
        "name": None,
        "email": None,
        "phone": None,
        "country": "GB",
        "erased": True,
        "version": 2,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ann", ["ann"]),
        ("LE", ["ann"]),
        ("ann@example.com", ["ann"]),
        ("bob", []),
        ("ann AND", []),
        ('"', []),
        ("*", []),
        ("name:ann", []),
        ("NEAR(", []),
        ("", []),
        ("a\0b", []),
    ],
)
async def test_customers_are_searched_by_the_beginnings_of_words_and_nothing_is_an_operator(
    pool: Pool, query: str, found: list[str]
) -> None:
    assert ids(await customers.page(pool, limit=10, query=query), "customer_id") == found


async def test_customers_are_listed_page_by_page(pool: Pool) -> None:
    found = await walk(lambda cursor: customers.page(pool, limit=1, cursor=cursor))

    assert [customer["customer_id"] for customer in found] == ["ann", "bob"]


async def test_an_order_is_shown_with_whose_it_is_and_where_it_goes(pool: Pool) -> None:
    order = await orders.get(pool, "o-1")

    assert order is not None
    assert order["customer"] == {"customer_id": "ann", "name": "Ann Lee", "email": "ann@example.com"}
    assert order["shipping_address"]["city"] == "Leeds"
    assert (order["status"], order["total_amount"], order["items"][0]["quantity"]) == ("created", 420, "2")


async def test_an_order_of_an_erased_customer_shows_no_person(pool: Pool) -> None:
    order = await orders.get(pool, "o-2")

    assert order is not None
    assert order["customer"] == {"customer_id": "bob", "name": None, "email": None}
    assert (order["shipping_address"], order["erased"], order["status"]) == (None, True, "cancelled")


async def test_orders_are_listed_by_their_state(pool: Pool) -> None:
    assert ids(await orders.page(pool, limit=5, status="cancelled"), "order_id") == ["o-2"]
    found = await walk(lambda cursor: orders.page(pool, limit=1, cursor=cursor))
    assert [order["order_id"] for order in found] == ["o-2", "o-1"]


class TestManyOrders:
    @pytest.fixture
    def log(self, log: Log) -> Log:
        for n in range(10, 15):
            log.add(f"order-o-{n}", ordered(f"o-{n}", "ann"))
        return log

    async def test_a_customers_orders_are_numbered_pages_newest_first(self, pool: Pool) -> None:
        page = await orders.of_customer(pool, "ann", number=2, size=4)

        assert [order["order_id"] for order in page["orders"]] == ["o-10", "o-1"]
        assert (page["page"], page["page_size"], page["total_count"], page["total_pages"]) == (2, 4, 6, 2)

    async def test_a_page_past_the_end_is_empty_and_still_says_how_many_there_are(self, pool: Pool) -> None:
        page = await orders.of_customer(pool, "ann", number=9, size=4)

        assert (page["orders"], page["total_count"], page["total_pages"]) == ([], 6, 2)

    async def test_orders_are_found_by_number_name_and_mail_together(self, pool: Pool) -> None:
        async def found(query: str) -> list[str]:
            return [order["order_id"] for order in (await orders.search(pool, query, size=10))["orders"]]

        assert await found("o-12") == ["o-12"]
        assert await found("lee o-12") == ["o-12"]
        assert len(await found("ann@example.com")) == 6
        assert await found("bob") == []
        assert await found("*") == []
        assert await found('o-2" OR "o') == []
