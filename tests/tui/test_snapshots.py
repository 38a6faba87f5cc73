"""Every room at every size of terminal, as it was when somebody last looked at all of them."""

from pathlib import Path

import pytest

from tui.snapshots import SIZES, differing, drawn

FOLDER = Path(__file__).parent / "snapshots"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_room_looks_as_it_did() -> None:
    """Where it shall look otherwise: python -m tui.snapshots tests/tui/snapshots, and read the difference."""
    found = drawn()

    assert differing(FOLDER, found) == ""
    assert set(found) == {f"{width}x{height}.txt" for width, height in SIZES}
