"""What failed beside others is run once more, alone: a busy machine refuses no sound tree, and nobody overlooks it.

`make test` and `make slow` set BACKROOM_SECOND_CHANCE for that second run. Tests marked `promise` get none: whether an
acknowledged sale is lost, an order charged twice or head office's stream no longer the log is decided by one failure.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import pytest

SECOND_CHANCE = "BACKROOM_SECOND_CHANCE"
HEADING = "unsteady: failed beside others, passed alone"
NEVER = "a promise gets no second chance: it failed beside others, and its failure above is a defect"


def is_second(environment: dict[str, str] | None = None) -> bool:
    """Whether this run is the second."""
    return bool((os.environ if environment is None else environment).get(SECOND_CHANCE))


def refuse_promise(item: pytest.Item) -> None:
    """Fail a test that gets no second chance."""
    if is_second() and item.get_closest_marker("promise"):
        pytest.fail(NEVER, pytrace=False)


def unsteady(passed: Iterable[pytest.TestReport]) -> Iterator[str]:
    """The names of what passed only now, under a heading."""
    names = [each.nodeid for each in passed if each.when == "call"] if is_second() else []
    if names:
        yield f"{HEADING}: {len(names)}"
    yield from (f"  {name}" for name in names)
