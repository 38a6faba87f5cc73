"""A run that failed is judged again: what passes alone is named, what must not fail even once is refused."""

from pathlib import Path
from typing import Literal

import pytest

from tests.support.picking import QUICK, SLOW, left_out
from tests.support.second_chance import HEADING, NEVER, SECOND_CHANCE, refuse_promise, unsteady


def report(when: Literal["setup", "call"]) -> pytest.TestReport:
    return pytest.TestReport("tests/test_a.py::test_it", ("tests/test_a.py", 1, "test_it"), {}, "passed", None, when)


def test_a_promise_gets_no_second_chance(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECOND_CHANCE, "1")
    refuse_promise(request.node)
    request.node.add_marker("promise")

    with pytest.raises(pytest.fail.Exception, match=NEVER):
        refuse_promise(request.node)


def test_in_the_first_run_a_promise_is_a_test_like_others(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SECOND_CHANCE, raising=False)
    request.node.add_marker("promise")

    refuse_promise(request.node)

    assert list(unsteady([report("call")])) == []


def test_what_passes_only_alone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECOND_CHANCE, "1")

    assert list(unsteady([report("setup"), report("call")])) == [f"{HEADING}: 1", "  tests/test_a.py::test_it"]
    assert list(unsteady([])) == []


@pytest.mark.parametrize(
    ("text", "quick", "slow"),
    [
        ("pytestmark = [pytest.mark.faults, pytest.mark.timeout(9)]\n", True, False),
        ("@pytest.mark.slow\ndef test_it(): ...\n", False, False),
        ("def test_it(): ...\n", False, True),
    ],
    ids=["all of it", "some of it", "none of it"],
)
def test_a_file_is_left_unread_where_nothing_of_it_is_wanted(
    tmp_path: Path, text: str, quick: bool, slow: bool
) -> None:
    file = tmp_path / "test_it.py"
    file.write_text(text)

    assert (left_out(file, QUICK), left_out(file, SLOW), left_out(file, "slow")) == (quick, slow, False)
