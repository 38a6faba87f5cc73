"""Files that a run leaves out are not even read: importing and rewriting all of them takes half a minute of a core."""

from __future__ import annotations

import re
from pathlib import Path

QUICK = "not slow and not faults"
SLOW = "slow or faults"

_ALL_OF_IT = re.compile(r"^pytestmark\b[^\n]*\bmark\.(slow|faults)\b", re.MULTILINE)
_ANY_OF_IT = re.compile(r"\bmark\.(slow|faults)\b")


def left_out(path: Path, wanted: str) -> bool:
    """Whether nothing in a file of tests is wanted by one of the two expressions of the Makefile; never for others."""
    if path.suffix != ".py" or not path.name.startswith("test_") or wanted not in {QUICK, SLOW}:
        return False
    text = path.read_text(encoding="utf-8")
    return bool(_ALL_OF_IT.search(text)) if wanted == QUICK else not _ANY_OF_IT.search(text)
