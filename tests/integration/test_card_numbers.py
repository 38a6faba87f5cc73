"""No card number comes into a store by any body's free text, and no code that looks like one is kept out."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.api.endpoint import Endpoint
from appliance.api.endpoints import ENDPOINTS
from appliance.api.openapi_parts import example
from appliance.api.paths import PATH_PARAMETERS, parameter_names
from appliance.domain.card_numbers import holds_card, is_text
from tests.support.api import Shop, sale, serving, stocked

CARD = "4111111111111111"
WRITTEN = "4111 1111-1111 1111"
CHOSEN = frozenset({"type", "kind", "role", "action", "status"})  # words of a list: refused for what they are


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with serving(tmp_path / "data", sagas={"enabled": False}) as shop:
        yield await stocked(shop)


def pointers(value: Any, at: str = "") -> Iterator[str]:
    """Where texts stand in a body."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from pointers(each, f"{at}/{name}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from pointers(each, f"{at}/{index}")
    elif isinstance(value, str) and is_text(at) and at.rsplit("/", 1)[-1] not in CHOSEN:
        yield at


def planted(value: Any, at: str) -> Any:
    """The body with a card's number there."""
    copy = json.loads(json.dumps(value))
    *way, last = [int(part) if part.isdecimal() else part for part in at.split("/")[1:]]
    place = copy
    for part in way:
        place = place[part]
    place[last] = WRITTEN
    return copy


def address(endpoint: Endpoint) -> str:
    path = endpoint.path.removeprefix("/api/v1")
    for name in parameter_names(path):
        path = path.replace(f"{{{name}}}", str(PATH_PARAMETERS[name].get("example", "none")))
    return path


CASES = [
    pytest.param(endpoint, at, id=f"{endpoint.operation}{at}")
    for endpoint in ENDPOINTS
    if endpoint.body is not None
    for at in pointers(example(endpoint.body))
]


@pytest.mark.parametrize(("endpoint", "at"), CASES)
async def test_every_free_text_of_every_request_refuses_it_and_keeps_nothing(
    shop: Shop, endpoint: Endpoint, at: str
) -> None:
    before = shop.position
    assert endpoint.body is not None
    body = planted(example(endpoint.body), at)

    answer = await shop.send(endpoint.method, address(endpoint), body, local=True, role=None)

    assert WRITTEN not in answer.text
    problem = answer.json()
    if problem["type"].endswith("invalid-request"):  # the field takes only what is shorter, or of a pattern
        assert any(each["at"] == at for each in problem["errors"])
    else:
        assert (answer.status_code, problem["type"]) == (422, "/docs/problems#card-number-refused")
        assert problem["errors"][0]["at"] == at
    assert shop.position == before
    assert not [path for path in shop.services.paths.data.iterdir() if path.is_file() and holds(path)]


def holds(path: Path) -> bool:
    stored = path.read_bytes()
    return CARD.encode() in stored or WRITTEN.encode() in stored


@pytest.mark.parametrize(
    "fields",
    [
        {"operator": CARD},
        {"price_override_reason": f"card {WRITTEN}"},
        {"tenders": [{"type": "card", "amount": 250, "reference": CARD}]},
        {"tenders": [{"type": "card", "amount": 250, "reference": "\\u0034111111111111111"}]},
    ],
)
async def test_a_plain_sale_refuses_it_too(shop: Shop, fields: dict[str, Any]) -> None:
    body = json.dumps(sale({"product_id": "tea"}, **fields)).replace("\\\\u", "\\u").encode()

    answer = await shop.post("/sales", body)

    assert (answer.status_code, answer.json()["type"]) == (422, "/docs/problems#card-number-refused")
    assert CARD not in answer.text


async def test_barcodes_and_ids_that_pass_the_check_of_cards_still_work(shop: Shop) -> None:
    code = next(each for each in map(gtin, range(100)) if holds_card(each))
    product = {"name": "Chance", "tax_code": "standard", "price": "1.00", "barcodes": [code]}

    assert (await shop.put(f"/products/{CARD}", product)).status_code == 201
    sold = await shop.post("/sales", sale({"barcode": code}, {"product_id": CARD}, client_ref=CARD))

    assert sold.status_code == 201, sold.text
    assert (await shop.put("/registers/till-1", {"name": "Till 1"})).status_code == 200


def gtin(number: int) -> str:
    """A GTIN-13."""
    figures = f"40063813{number:04}"
    weighted = sum(int(figure) * (1, 3)[index % 2] for index, figure in enumerate(figures))
    return figures + str(-weighted % 10)
