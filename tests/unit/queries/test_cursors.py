"""A cursor leads on in its own list, and nowhere else."""

import pytest

from appliance.errors import BadCursor
from appliance.queries import cursors


def test_a_cursor_gives_its_key_back() -> None:
    cursor = cursors.encode("stock", ["Käse", 7])

    assert cursors.decode("stock", cursor, str, int) == ["Käse", 7]


def test_a_cursor_needs_no_quoting_in_an_address() -> None:
    assert cursors.encode("stock", ["\xff" * 20, 2**62]).replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "!!!!", "ä", "AAAAAAAAWzFd", "A" * 5000])
def test_a_cursor_from_nowhere_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        cursors.decode("stock", cursor, str)


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(BadCursor):
        cursors.decode("orders", cursors.encode("stock", ["a"]), str)


def test_a_cursor_with_a_changed_end_is_refused() -> None:
    cursor = cursors.encode("stock", ["abcdef"])

    with pytest.raises(BadCursor):
        cursors.decode("stock", cursor[:-4] + "AAAA", str)


def test_a_cursor_with_another_kind_of_key_is_refused() -> None:
    with pytest.raises(BadCursor):
        cursors.decode("stock", cursors.encode("stock", [7]), str)
