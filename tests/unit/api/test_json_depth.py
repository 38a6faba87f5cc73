"""Depth is counted as a parser would: brackets in texts do not count, escapes do not end a text."""

import pytest

from appliance.api.json_depth import MAX_DEPTH, check_depth
from appliance.api.refusals import InvalidRequest


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
        b'{"lines":[' + b",".join([b'{"a":[{}]}'] * 1_000) + b"]}",
        b'{"a":"' + b"[{" * 1_000 + b'"}',
        b'{"a":"\\"' + b"[" * 1_000 + b'"}',
        b'["\\\\",' + b'"[",' * 100 + b"1]",
    ],
)
def test_what_is_flat_enough_passes(body: bytes) -> None:
    check_depth(body)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * (MAX_DEPTH + 1),
        b'{"a":' * 500_000,
        b'["\\\\",' + b"[" * 100,
        b'{"a":"\\\\\\"","b":' + b"[" * 100,
        b'"' * 500_000 + b"[" * 100,
        b"[]" * 300_000,
    ],
)
def test_what_is_deeper_or_nothing_but_marks_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        check_depth(body)
