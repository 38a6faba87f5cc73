"""`make bench`: every figure beside its limit; `python -m bench NAME...` runs only those."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from appliance.eventstore.store import Paths
from bench.append import append_batch
from bench.backing_up import backup_while_selling
from bench.console import console
from bench.hq import hq_consumer
from bench.http import sale_http, slow_disk
from bench.idle import idle
from bench.importing import import_sales, judge
from bench.orders import order_under_sales
from bench.pricing import pricing
from bench.rebuilding import rebuild
from bench.region import region
from bench.report import Result, heading, line, not_measured, write
from bench.restoring import restored
from bench.saga import saga
from bench.scale import scale
from bench.securing import auth_cost
from bench.slow_clients import slow_clients
from bench.sync import sync
from bench.sync_beside import sync_beside
from bench.sync_faults import sync_faults
from bench.tracing import tracing_cost

Measure = Callable[[Path], list[Result]]


def import_and_rebuild(folder: Path) -> list[Result]:
    """The nine months, live; then the same log folded anew."""
    imported = import_sales(folder)
    results = judge(imported)
    if imported is None:
        return [*results, not_measured("rebuild", "events/s", ">= 0.6 x limit", "it is measured on the import")]
    database = Paths(imported.data).database
    return results + rebuild(database, folder, imported.seconds, "the nine months")


MEASURES: Mapping[str, Measure] = {
    "append": append_batch,
    "http": sale_http,
    "slow_disk": slow_disk,
    "auth_cost": auth_cost,
    "tracing_cost": tracing_cost,
    "slow_clients": slow_clients,
    "idle": idle,
    "import": import_and_rebuild,
    "scale": scale,
    "saga": saga,
    "orders": order_under_sales,
    "sync": sync,
    "sync_beside": sync_beside,
    "sync_faults": sync_faults,
    "pricing": pricing,
    "hq": hq_consumer,
    "region": region,
    "restore": restored,
    "backup_while_selling": backup_while_selling,
    "console": console,
}


def main(names: list[str]) -> int:
    """Measure, print, keep; 2 for a name there is not."""
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        sys.stderr.write(f"no benchmark {', '.join(unknown)}; there are {', '.join(MEASURES)}\n")
        return 2
    print(heading(), flush=True)
    results: list[Result] = []
    build = Path("build")
    build.mkdir(exist_ok=True)
    for name in names or MEASURES:
        with tempfile.TemporaryDirectory(dir=build) as folder:
            for result in MEASURES[name](Path(folder)):
                print(line(result), flush=True)
                results.append(result)
    write(results)
    missed = [result.name for result in results if not result.met]
    print(f"{len(results) - len(missed)} of {len(results)} met{': missed ' + ', '.join(missed) if missed else ''}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
