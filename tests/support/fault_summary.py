"""The faults that were met, as one table at the end of a run: for people who want to see what was tried."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pytest

BETWEEN = ("tests/faults/test_sync_", "tests/faults/test_killed_while_commanded")
SAGAS = tuple(f"tests/faults/test_{each}" for each in ("saga_crashes", "order", "clock_jumps", "dead_letters"))
MATRIX = re.compile(r"^\w+: killed at .*", re.MULTILINE | re.DOTALL)  # what a crash matrix prints, to the end
OUTCOMES = ("passed", "failed")


def table(reports: Iterable[pytest.TestReport]) -> Iterator[str]:
    """A line for each fault on the way to head office, and what it took; of sagas what all took, and the matrices."""
    met = [each for each in reports if each.when == "call"]
    found = sorted((each.nodeid, each.outcome, each.duration) for each in met if each.nodeid.startswith(BETWEEN))
    if found:
        yield f"faults between a store and head office: {len(found)} tried"
        for name, outcome, seconds in found:
            yield f"  {outcome:<6} {seconds:6.1f} s  {_sentence(name)}"
        yield f"  in all {sum(seconds for _, _, seconds in found):.0f} s"
    sagas = [each for each in met if each.nodeid.startswith(SAGAS)]
    if sagas:
        yield f"crashes and faults of sagas: {len(sagas)} tests, in all {sum(each.duration for each in sagas):.0f} s"
    for each in sagas:
        if matrix := MATRIX.search(each.capstdout):
            yield from (f"  {line}" for line in matrix[0].splitlines())


def _sentence(name: str) -> str:
    return name.partition("::test_")[2].replace("_", " ")
