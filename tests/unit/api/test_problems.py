"""Refusals as people and programs read them."""

import json
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from appliance.api import problems
from appliance.api.endpoints import ENDPOINTS
from appliance.api.refusals import InvalidRequest, MalformedJson, refusal_name
from appliance.domain.refusals import OrderNotOpen, Refusal, UnknownProduct
from appliance.errors import BadCursor, Overloaded, StoreError
from appliance.schemas.problems import Problem
from appliance.schemas.sales import RingUpSale


def every_refusal() -> Iterator[type[Refusal]]:
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        found = waiting.pop()
        waiting += found.__subclasses__()
        yield found


def refused(body: object) -> MalformedJson | InvalidRequest:
    with pytest.raises(ValidationError) as error:
        RingUpSale.model_validate_json(body if isinstance(body, bytes) else json.dumps(body))
    return problems.invalid(error.value)


def test_a_problem_has_its_type_place_and_next_step() -> None:
    refusal = UnknownProduct("There is no product 'tee'.", at="/lines/0/product_id", product_id="tee")

    found = problems.problem(refusal, "r-1")

    assert found == {
        "type": "/docs/problems#unknown-product",
        "title": "The product is not known",
        "status": 422,
        "detail": "There is no product 'tee'.",
        "hint": refusal.hint,
        "errors": [{"at": "/lines/0/product_id", "message": "There is no product 'tee'."}],
        "request_id": "r-1",
        "product_id": "tee",
    }
    Problem.model_validate(found)


def test_a_fact_never_takes_the_place_of_a_member() -> None:
    found = problems.problem(OrderNotOpen("Order o-1 is cancelled.", status="cancelled"), "r-1")

    assert (found["status"], found["present_status"]) == (409, "cancelled")


def test_a_bad_cursor_stands_where_it_was_sent() -> None:
    found = problems.problem(BadCursor("It was not handed out.", at="/cursor"), "r-1")

    assert found["errors"][0]["at"] == "?cursor"


def test_who_may_try_again_is_told_when() -> None:
    reply = problems.reply(Overloaded("4096 commands are waiting already."), "r-1")

    assert (b"retry-after", b"1") in reply.headers


@pytest.mark.parametrize(
    ("body", "at", "words"),
    [
        ({"currency": "EUR", "lines": [{}], "register_id": 1}, "/register_id", "must be text"),
        ({"currency": "EUR", "lines": [{}]}, "/register_id", "is missing"),
        ({"currency": "EUR", "lines": [{"a/b": 1}], "register_id": "t"}, "/lines/0/a~1b", "is not known here"),
        ({"currency": "EUR", "lines": {}, "register_id": "t"}, "/lines", "must be a list"),
        ({"currency": "EUR", "lines": [1], "register_id": "t"}, "/lines/0", "must be an object"),
        ({"currency": "EUR", "lines": [], "register_id": "t"}, "/lines", "at least 1 entry"),
        ({"currency": "EUR", "lines": [{}] * 2001, "register_id": "t"}, "/lines", "more than 2000 entries"),
        ({"currency": "x" * 9, "lines": [{}], "register_id": "t"}, "/currency", "more than 8 characters"),
    ],
)
def test_what_is_wrong_is_said_in_words(body: object, at: str, words: str) -> None:
    place, message = refused(body).errors[0]

    assert place == at
    assert words in message


def test_a_float_for_money_is_told_how_money_is_written() -> None:
    body = {"register_id": "t", "currency": "EUR", "lines": [{}], "tenders": [{"type": "cash", "amount": 1.5}]}

    assert "minor units" in refused(body).errors[0][1]


def test_what_is_no_json_is_malformed() -> None:
    found = [refused(body) for body in (b"", b"{", b"[" * 1000, b'"\xff"')]

    assert {type(each) for each in found} == {MalformedJson}
    assert found[0].detail == "The body is empty."


def test_every_refusal_says_what_why_and_what_next() -> None:
    for refusal in every_refusal():
        assert refusal.code.replace("-", "").isalnum(), refusal
        assert refusal.title, refusal
        assert refusal.hint.endswith((".", "=")), refusal
        assert 400 <= refusal.status <= 599, refusal
        assert refusal_name(refusal), refusal


def test_a_code_means_one_thing() -> None:
    codes: dict[str, type[Refusal]] = {}
    for refusal in every_refusal():
        if "code" in vars(refusal):
            assert codes.setdefault(refusal.code, refusal) is refusal


def test_every_write_may_be_refused_by_the_store_itself() -> None:
    for endpoint in ENDPOINTS:
        if endpoint.idempotent:
            assert any(issubclass(each, StoreError) and each.status == 507 for each in endpoint.refusals)
