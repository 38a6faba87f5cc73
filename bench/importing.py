"""`import`: a real retailer's nine months through the command line, as a user would."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.report import Result, not_measured

RETAIL = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "online-retail"
MOST_SECONDS = 60.0
_MUST = f"<= {MOST_SECONDS:g} s in all"


@dataclass(frozen=True, slots=True)
class Imported:
    """The store the import made, and how fast."""

    data: Path
    seconds: float
    rows: int
    balanced: bool


def import_sales(folder: Path) -> Imported | None:
    """Import everything; None where the data is not here."""
    files = sorted(RETAIL.glob("*.csv.xz"))
    if not files:
        return None
    data = folder / "imported"
    command = [sys.executable, "-m", "appliance", "--data", str(data), "import", "sales", "--json", *map(str, files)]
    started = time.perf_counter()
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    found = json.loads(finished.stdout)
    balanced = found["file_total"] == found["store_total"] + found["rejected_total"] and finished.returncode == 0
    return Imported(data, seconds, found["rows_read"], balanced)


def judge(imported: Imported | None) -> list[Result]:
    """Lines a second, and whether all of it was done in time and to the penny."""
    if imported is None:
        return [not_measured("import", "lines/s", _MUST, "the retail data is not in ../shared/data/online-retail")]
    met = imported.balanced and imported.seconds <= MOST_SECONDS
    ratio = imported.seconds / MOST_SECONDS
    note = f"{imported.rows:,} lines in {imported.seconds:.1f} s, {'balanced' if imported.balanced else 'NOT BALANCED'}"
    return [Result("import", imported.rows / imported.seconds, "lines/s", None, ratio, _MUST, met, note)]
