"""Query parameters are read or refused by name."""

import pytest

from appliance.api.parameters import LIMIT, MAX_TEXT, Choice, Date, Integer, Parameter, read_query
from appliance.api.refusals import InvalidParameter

TEXT = Parameter(name="query", description="", example="a")
DAY = Date(name="date", description="", example="2026-11-22")
KIND = Choice(name="kind", description="", example="sale", default="sale", words=("sale", "void"))
NEEDED = Parameter(name="needed", description="", example="a", required=True)


def test_what_is_left_out_has_its_default() -> None:
    assert read_query(b"", (LIMIT, TEXT, KIND)) == {"limit": 50, "query": None, "kind": "sale"}


def test_what_is_given_is_read_as_what_it_is() -> None:
    query = b"limit=7&query=caf%C3%A9+au+lait&date=2024-02-29&kind=void"

    assert read_query(query, (LIMIT, TEXT, DAY, KIND)) == {
        "limit": 7,
        "query": "café au lait",
        "date": "2024-02-29",
        "kind": "void",
    }


def test_every_parameter_that_is_wrong_is_named() -> None:
    with pytest.raises(InvalidParameter) as refused:
        read_query(b"limit=0&colour=red&kind=gift&kind=void", (LIMIT, KIND, NEEDED))

    assert [at for at, _ in refused.value.errors] == ["?limit", "?colour", "?kind", "?kind", "?needed"]


@pytest.mark.parametrize("text", ["", " ", "0x10", "1.0", "1e3", "+1", "1_0", "\u0661", "9" * 30, "-1", "501"])
def test_a_limit_is_a_whole_number_within_its_bounds(text: str) -> None:
    with pytest.raises(ValueError, match="1 to 500"):
        LIMIT.read(text)


@pytest.mark.parametrize("text", ["2026-02-30", "20260201", "2026-W01-1", "tomorrow", "0000-01-01", "2026-1-1", ""])
def test_a_day_is_a_day_of_the_calendar(text: str) -> None:
    with pytest.raises(ValueError, match="must be a day"):
        DAY.read(text)


@pytest.mark.parametrize("text", ["", "x" * (MAX_TEXT + 1), "a\x00b", "a\x1fb", "a\x85b"])
def test_a_text_has_no_control_characters_and_an_end(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        TEXT.read(text)


def test_a_query_that_is_no_utf8_is_refused() -> None:
    with pytest.raises(InvalidParameter):
        read_query(b"query=%ff", (TEXT,))


def test_a_flood_of_parameters_is_refused() -> None:
    with pytest.raises(InvalidParameter):
        read_query(b"&".join(b"a=1" for _ in range(100)), (TEXT,))


def test_what_is_described_is_what_is_read() -> None:
    described = Integer(name="n", description="", example="3", default=2, least=1, most=9).schema()

    assert described == {"type": "integer", "minimum": 1, "maximum": 9, "default": 2}
