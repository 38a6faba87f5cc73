"""Whatever a provider answers is understood, or is an outcome that nobody knows; nothing else comes of it."""

from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.application.outside import Charged, Declined, Done, OutcomeUnknown, Reserved, TryAgain
from appliance.integration import over_rest, wire
from appliance.integration.operations import CHARGE, QUERIES
from appliance.integration.protos.documents import answer_class, parsed

KEY = "k"
NAMES = ["key", "state", "detail", "amount", "transaction_id", "charged", "done", "all_available", "unavailable_items"]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([KEY, "done", "absent"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=5),
    max_leaves=12,
)
documents = st.dictionaries(st.sampled_from(NAMES) | st.text(), values, max_size=8)
READS: list[Callable[[Any], Any]] = [
    lambda document: wire.read(document, KEY, Charged),
    lambda document: wire.read(document, KEY, Reserved),
    lambda document: wire.read(document, KEY, Done),
    lambda document: wire.found(document, KEY),
    lambda document: wire.availability(document, KEY),
]


@given(documents, st.booleans())
def test_any_document_is_an_answer_or_an_unknown_outcome(document: dict[str, Any], mine: bool) -> None:
    for read in READS:
        try:
            read({**document, "key": KEY} if mine else document)
        except OutcomeUnknown:
            continue


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_an_unknown_outcome(raw: bytes) -> None:
    for operation in (CHARGE, QUERIES["payment"]):
        try:
            wire.found(parsed(answer_class(operation), raw), KEY)
        except OutcomeUnknown:
            continue


statuses = st.sampled_from([100, 200, 201, 204, 301, 307, 400, 401, 402, 403, 404, 408, 422, 429, 500, 502, 503, 599])
media = st.sampled_from(["application/problem+json", "application/json", "text/html", ""])


@given(statuses, media, st.binary(max_size=60) | documents.map(msgspec.json.encode))
def test_any_http_answer_is_a_document_or_one_of_the_errors(status: int, kind: str, body: bytes) -> None:
    response = httpx.Response(status, headers={"content-type": kind})
    try:
        over_rest._document(response, body)
    except (Declined, TryAgain):
        assert kind == "application/problem+json"
        assert status >= 400
    except OutcomeUnknown:
        pass


@pytest.mark.parametrize(
    ("status", "problem", "error"),
    [
        (402, {"code": "declined"}, Declined),
        (422, {"code": "declined"}, Declined),
        (401, {"code": "bad-token"}, TryAgain),
        (403, {"code": "bad-token"}, TryAgain),
        (429, {"code": "slow-down", "processed": False}, TryAgain),
        (503, {"code": "busy", "processed": False}, TryAgain),
        (429, {"code": "slow-down"}, OutcomeUnknown),
        (503, {"code": "busy"}, OutcomeUnknown),
        (503, {"code": "busy", "processed": "false"}, OutcomeUnknown),
        (500, {"code": "internal", "processed": False}, OutcomeUnknown),
        (404, {}, OutcomeUnknown),
        (404, {"code": 5}, OutcomeUnknown),
        (302, {"code": "elsewhere"}, OutcomeUnknown),
    ],
)
def test_a_status_means_what_the_protocol_says(status: int, problem: dict[str, Any], error: type[Exception]) -> None:
    response = httpx.Response(status, headers={"content-type": "application/problem+json; charset=utf-8"})

    with pytest.raises(error) as found:
        over_rest._document(response, msgspec.json.encode(problem))

    assert type(found.value) is error


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"a":' * 100_000, b"\xff", b"", b"null", b"[]", b'{"key":1e999}'])
def test_bytes_that_are_no_document_are_an_unknown_outcome(raw: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        wire.found(over_rest._document(httpx.Response(200), raw), KEY)


def test_an_amount_beyond_all_measure_is_no_answer() -> None:
    charged = {"key": KEY, "transaction_id": "t", "amount": 1 << 80, "currency": "EUR", "processed_at": ""}

    with pytest.raises(OutcomeUnknown):
        wire.read(charged, KEY, Charged)
