"""Every screen at every size of terminal, as it was when somebody last looked at all of them."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Shop
from tests.support.lived_in import Facts
from tui.bad_day import SAID
from tui.snapshots import SIZES, differing, drawn

FOLDER = Path(__file__).parent / "snapshots"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_screen_looks_as_it_did() -> None:
    """Where it shall look otherwise: python -m tui.snapshots tests/tui/snapshots, and read the difference."""
    found = drawn()

    assert differing(FOLDER, found) == ""
    assert set(found) == {f"{width}x{height}.txt" for width, height in SIZES}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", ["/dead-letters", "/problems"])
async def test_a_bad_day_is_told_as_a_store_tells_it(traded: tuple[Shop, Facts], path: str) -> None:
    shop, _ = traded
    real: dict[str, Any] = (await shop.get(path)).json()

    assert SAID[path].keys() == real.keys()
    assert {tuple(each) for each in SAID[path]["items"]} == {tuple(each) for each in real["items"]}
