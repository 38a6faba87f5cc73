"""What is wrong with a request is said place by place, with the next step, and nothing is written."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from appliance.schemas.problems import Problem
from tests.support.api import Shop, fresh_key, sale, serving, stocked

MEGABYTE = 1 << 20

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """One store for all that is refused: nothing of it leaves a trace."""
    async with serving(tmp_path_factory.mktemp("refusing") / "data") as shop:
        yield await stocked(shop)


def refusal(answer: httpx.Response) -> tuple[int, str, list[str]]:
    """Status, code and places of a problem, which must be a whole one."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = Problem.model_validate(answer.json())
    assert problem.status == answer.status_code
    assert problem.detail
    assert problem.hint
    assert problem.request_id == answer.headers["x-request-id"]
    return problem.status, problem.type.removeprefix("/docs/problems#"), [each.at for each in problem.errors]


BODIES: dict[str, tuple[bytes, tuple[int, str, list[str]]]] = {
    "not json": (b"{", (400, "malformed-json", [])),
    "empty": (b"", (400, "malformed-json", [])),
    "no utf-8": (b'{"register_id": "\xff"}', (400, "malformed-json", [])),
    "half a surrogate pair": (b'{"register_id": "\\ud800"}', (400, "malformed-json", [])),
    "nested too deep": (b"[" * 100_000, (422, "invalid-request", [])),
    "a list": (b"[]", (422, "invalid-request", [""])),
    "a number": (b"1", (422, "invalid-request", [""])),
    "two values": (b"{} {}", (400, "malformed-json", [])),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_that_is_no_object_is_refused(shop: Shop, name: str) -> None:
    body, expected = BODIES[name]
    before = shop.position

    assert refusal(await shop.post("/sales", body)) == expected
    assert shop.position == before


def _line(**fields: Any) -> dict[str, Any]:
    return sale({"product_id": "tea", **fields})


SALES: dict[str, tuple[dict[str, Any], tuple[int, str, list[str]]]] = {
    "a field is missing": (
        {"register_id": "till-1"},
        (422, "invalid-request", ["/currency", "/lines"]),
    ),
    "a field is not known": (sale(colour="red"), (422, "invalid-request", ["/colour"])),
    "a field in a line is not known": (_line(colour="red"), (422, "invalid-request", ["/lines/0/colour"])),
    "a text is a number": (sale(register_id=1), (422, "invalid-request", ["/register_id"])),
    "a quantity is a number": (_line(quantity=2), (422, "invalid-request", ["/lines/0/quantity"])),
    "a price is a float": (_line(unit_price=2.5), (422, "invalid-request", ["/lines/0/unit_price"])),
    "money is a float": (sale(paid=1.5), (422, "invalid-request", ["/tenders/0/amount"])),  # type: ignore[arg-type]
    "money is a whole float": (sale(paid=100.0), (422, "invalid-request", ["/tenders/0/amount"])),  # type: ignore[arg-type]
    "money is a text": (sale(paid="100"), (422, "invalid-request", ["/tenders/0/amount"])),  # type: ignore[arg-type]
    "money is true": (sale(paid=True), (422, "invalid-request", ["/tenders/0/amount"])),
    "money is negative": (sale(paid=-100), (422, "invalid-amount", ["/tenders/0/amount"])),
    "money is absurd": (sale(paid=10**30), (422, "invalid-amount", ["/tenders/0/amount"])),
    "a flag is a text": (
        sale(tenders=[{"type": "cash", "amount": 1000, "offline": "no"}]),
        (422, "invalid-request", ["/tenders/0/offline"]),
    ),
    "a tender is of no type": (
        sale(tenders=[{"type": "gold", "amount": 1000}]),
        (422, "invalid-request", ["/tenders/0/type"]),
    ),
    "a quantity is negative": (_line(quantity="-1"), (422, "invalid-quantity", ["/lines/0/quantity"])),
    "a quantity is nothing": (_line(quantity="0"), (422, "invalid-quantity", ["/lines/0/quantity"])),
    "a quantity is absurd": (_line(quantity="1000000.001"), (422, "invalid-quantity", ["/lines/0/quantity"])),
    "a quantity has an exponent": (_line(quantity="1e3"), (422, "invalid-quantity", ["/lines/0/quantity"])),
    "a quantity is no number": (_line(quantity="NaN"), (422, "invalid-quantity", ["/lines/0/quantity"])),
    "a quantity is of other digits": (_line(quantity="\u0661"), (422, "invalid-quantity", ["/lines/0/quantity"])),
    "a price is negative": (_line(unit_price="-1"), (422, "invalid-price", ["/lines/0/unit_price"])),
    "a product is not known": (
        sale({"product_id": "tea"}, {"product_id": "coffee"}),
        (422, "unknown-product", ["/lines/1/product_id"]),
    ),
    "a barcode is not known": (sale({"barcode": "4012345678901"}), (422, "unknown-product", ["/lines/0/barcode"])),
    "a product id is none": (sale({"product_id": "no id"}), (422, "unknown-product", ["/lines/0/product_id"])),
    "a line names nothing": (sale({"quantity": "1"}), (422, "nothing-given", ["/lines/0/product_id"])),
    "a product has no price": (sale({"product_id": "gift"}), (422, "price-missing", ["/lines/0/unit_price"])),
    "a discount is larger than the line": (
        _line(discounts=[{"kind": "amount", "amount": 251}]),
        (422, "discount-too-large", ["/lines/0/discounts/0"]),
    ),
    "the register is not known": (sale(register_id="till-9"), (422, "unknown-register", ["/register_id"])),
    "the customer is not known": (sale(customer_id="nobody"), (422, "unknown-customer", ["/customer_id"])),
    "the currency is another": (sale(currency="GBP"), (422, "currency-mismatch", ["/currency"])),
    "the currency is none": (sale(currency="money"), (422, "currency-mismatch", ["/currency"])),
    "the tenders do not cover the total": (sale(paid=249), (422, "tenders-do-not-cover", ["/tenders"])),
    "nothing is tendered": (sale(tenders=[]), (422, "tenders-do-not-cover", ["/tenders"])),
    "a card gives change": (
        sale(tenders=[{"type": "card", "amount": 251}]),
        (422, "tenders-exceed", ["/tenders"]),
    ),
    "there are no lines": (sale() | {"lines": []}, (422, "invalid-request", ["/lines"])),
    "a text has a NUL": (sale(operator="an\0na"), (422, "invalid-text", ["/operator"])),
    "a text has a line break": (sale(client_ref="a\nb"), (422, "invalid-text", ["/client_ref"])),
    "a text has an escape": (sale(approved_by="\x1b[31m"), (422, "invalid-text", ["/approved_by"])),
    "a text is too long": (sale(price_override_reason="x" * 501), (422, "invalid-request", ["/price_override_reason"])),
}


@pytest.mark.parametrize("name", SALES)
async def test_a_sale_is_refused_where(shop: Shop, name: str) -> None:
    body, expected = SALES[name]
    before = shop.position

    assert refusal(await shop.post("/sales", body)) == expected
    assert shop.position == before


async def test_a_problem_with_a_missing_tender_says_how_much_is_missing(shop: Shop) -> None:
    problem = (await shop.post("/sales", sale(paid=100))).json()

    assert (problem["due"], problem["missing"]) == (250, 150)


async def test_nan_is_no_amount_of_money(shop: Shop) -> None:
    body = json.dumps(sale()).replace("100000", "NaN").encode()

    assert refusal(await shop.post("/sales", body))[0] in (400, 422)


async def test_a_body_over_one_mebibyte_is_refused_unread(shop: Shop) -> None:
    answer = await shop.post("/sales", b" " * (MEGABYTE + 1))

    assert refusal(answer) == (413, "body-too-large", [])


async def test_a_body_without_a_length_is_cut_at_one_mebibyte(shop: Shop) -> None:
    answer = await shop.post("/sales", b" " * (MEGABYTE + 1), headers={"content-length": "10"})

    assert refusal(answer) == (413, "body-too-large", [])


async def test_a_hundred_thousand_lines_are_refused_at_once(shop: Shop) -> None:
    body = json.dumps(sale() | {"lines": [{}] * 100_000}).encode()

    assert refusal(await shop.post("/sales", body)) == (422, "invalid-request", ["/lines"])


async def test_two_thousand_lines_are_too_many_for_one_record(shop: Shop) -> None:
    before = shop.position

    answer = await shop.post("/sales", sale(*[{"product_id": "tea"}] * 2_000, paid=500_000))

    assert refusal(answer)[:2] == (413, "record-too-large")
    assert shop.position == before


async def test_a_body_of_another_type_is_refused(shop: Shop) -> None:
    answer = await shop.post("/sales", b"register_id=1", headers={"content-type": "application/x-www-form-urlencoded"})

    assert refusal(answer) == (415, "not-json", ["Content-Type:"])


KEYS: dict[str, tuple[str, str]] = {
    "missing": ("", "idempotency-key-missing"),
    "too long": ("k" * 256, "idempotency-key-invalid"),
    "of spaces": ("two words", "idempotency-key-invalid"),
    "quoted nothing": ('""', "idempotency-key-invalid"),
}


@pytest.mark.parametrize(
    ("path", "allowed"), [("/sales", "GET, OPTIONS, POST"), ("/customers/none", "DELETE, GET, OPTIONS, PUT")]
)
async def test_an_address_says_which_methods_it_takes(shop: Shop, path: str, allowed: str) -> None:
    answer = await shop.send("OPTIONS", path)

    assert (answer.status_code, answer.headers["allow"]) == (204, allowed)


@pytest.mark.parametrize("name", KEYS)
async def test_a_write_is_refused_with_a_key(shop: Shop, name: str) -> None:
    key, code = KEYS[name]

    assert refusal(await shop.post("/sales", sale(), key=key)) == (400, code, ["Idempotency-Key:"])


async def test_a_key_may_be_quoted_or_bare(shop: Shop) -> None:
    key = fresh_key()

    bare = await shop.post("/sales", sale(), key=key)
    quoted = await shop.post("/sales", sale(), key=f'"{key}"')

    assert quoted.content == bare.content


UNKNOWN: dict[str, str] = {
    "/sales/none": "sale-not-found",
    "/refunds/none": "refund-not-found",
    "/orders/none": "order-not-found",
    "/products/none": "product-not-found",
    "/products/by-barcode/none": "barcode-not-found",
    "/stock/none": "stock-not-found",
    "/stock/none/movements": "stock-not-found",
    "/customers/none": "customer-not-found",
    "/registers/none/drawer": "register-not-found",
    "/idempotency/none": "idempotency-key-unknown",
    "/sales/%00": "sale-not-found",
    "/sales/" + "x" * 5000: "sale-not-found",
    "/nothing": "no-such-route",
    "/sales/a/b/c": "no-such-route",
}


@pytest.mark.parametrize("path", UNKNOWN)
async def test_an_id_that_nothing_has_is_not_found(shop: Shop, path: str) -> None:
    assert refusal(await shop.get(path))[:2] == (404, UNKNOWN[path])


async def test_a_method_that_is_not_taken_is_refused_with_those_that_are(shop: Shop) -> None:
    answer = await shop.send("PATCH", "/sales", {})

    assert refusal(answer)[:2] == (405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, OPTIONS, POST"


QUERIES: dict[str, tuple[str, list[str]]] = {
    "/sales?limit=0": ("invalid-parameter", ["?limit"]),
    "/sales?limit=501": ("invalid-parameter", ["?limit"]),
    "/sales?limit=1.0": ("invalid-parameter", ["?limit"]),
    "/sales?limit=%20": ("invalid-parameter", ["?limit"]),
    "/sales?limit=1&limit=2": ("invalid-parameter", ["?limit"]),
    "/sales?colour=red": ("invalid-parameter", ["?colour"]),
    "/sales?kind=gift": ("invalid-parameter", ["?kind"]),
    "/sales?date=2026-02-30": ("invalid-parameter", ["?date"]),
    "/sales?date=20260201": ("invalid-parameter", ["?date"]),
    "/sales?client_ref=%00": ("invalid-parameter", ["?client_ref"]),
    "/sales?client_ref=%ff": ("invalid-parameter", []),
    "/sales?cursor=abc": ("bad-cursor", ["?cursor"]),
    "/events?cursor=%E2%82%AC": ("bad-cursor", ["?cursor"]),
    "/events?after=-1": ("invalid-parameter", ["?after"]),
    "/orders/search": ("invalid-parameter", ["?query"]),
    "/orders/search?query=": ("invalid-parameter", ["?query"]),
    "/orders/search?query=a&page=0": ("invalid-parameter", ["?page"]),
    "/reports/day?date=tomorrow": ("invalid-parameter", ["?date"]),
}


@pytest.mark.parametrize("path", QUERIES)
async def test_a_query_that_means_nothing_is_refused(shop: Shop, path: str) -> None:
    code, places = QUERIES[path]

    assert refusal(await shop.get(path)) == (400, code, places)


async def test_a_cursor_of_one_list_is_of_no_use_with_another(shop: Shop) -> None:
    cursor = (await shop.get("/products?limit=1")).json()["next_cursor"]

    assert refusal(await shop.get(f"/registers?cursor={cursor}"))[:2] == (400, "bad-cursor")


@pytest.mark.parametrize("path", ["/products?query=%22", "/customers?query=%22%20OR%20*", "/orders/search?query=%27--"])
async def test_a_search_for_nothing_but_signs_finds_nothing_and_breaks_nothing(shop: Shop, path: str) -> None:
    assert (await shop.get(path)).status_code == 200


async def test_a_price_list_of_an_impossible_time_is_refused(shop: Shop) -> None:
    body = {"version": "w1", "valid_from": "0001-01-01T00:00:00+14:00", "prices": [{"product_id": "tea", "price": "1"}]}

    assert refusal(await shop.post("/pricelists", body)) == (422, "invalid-request", ["/valid_from"])


async def test_every_place_that_is_wrong_is_named_up_to_twenty(shop: Shop) -> None:
    answer = await shop.post("/sales", sale(*[{"product_id": 1}] * 30))

    assert len(answer.json()["errors"]) == 20
    assert "29 more" in answer.json()["detail"]
