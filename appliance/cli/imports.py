"""`backroom import`."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click
import msgspec

from appliance.cli import output
from appliance.cli.failures import Answered, bad_input
from appliance.cli.progress import Bar, bar
from appliance.cli.verbs import Cli, part, verb
from appliance.importing import reasons
from appliance.importing.batch import Batch, Result, Results, Standing
from appliance.importing.products import ColumnsMissing, Found, Json, ProductsCount, ProductsImport, Refused
from appliance.importing.reader import FileUnreadable
from appliance.importing.reconciliation import Reconciliation
from appliance.importing.sales import Rejected, SalesImport

NOT_FOUND, SERVER_FAULT = 404, 500

_files = click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
)


@click.group("import")
def command() -> None:
    """Book files of other systems; repeatable, and restartable wherever it was interrupted."""


@verb(command, "sales", creates=True)
@_files
@click.option("--rejects", type=click.Path(path_type=Path), metavar="FILE", help="Write every rejected row here (CSV).")
def sales(cli: Cli, files: Sequence[Path], rejects: Path | None) -> int:
    """Book the invoices in FILES (CSV, also .xz) and reconcile them with the store, to the penny.

    Every row is booked or rejected with a reason; nothing is booked twice, however often this runs. The exit code is 0
    only when all rows and all money are accounted for.
    """
    standing = msgspec.json.decode(cli.get("/imports/sales").content, type=Standing)

    async def book(batch: Batch) -> Sequence[Result]:
        answer = await cli.api.write("POST", "/imports/sales", content=msgspec.json.encode(batch))
        return msgspec.json.decode(answer.content, type=Results).results

    async def stands() -> Standing:
        return msgspec.json.decode((await cli.api.get("/imports/sales")).content, type=Standing)

    with _rejects(rejects) as rejected, bar("importing") as shown:
        run = SalesImport(book, standing.exponent, rejected, _Watch(files, shown))
        count = cli.wait(lambda: run.run(files, stands))
    _tell(cli, count, standing.currency, rejects)
    return 0 if count.balanced else 1


class _Watch:
    """Turns progress by file into one bar, with the rate."""

    def __init__(self, files: Sequence[Path], shown: Bar) -> None:
        self._sizes = {path: path.stat().st_size or 1 for path in files}
        self._total = sum(self._sizes.values())
        self._done: dict[Path, float] = {}
        self._rows = 0
        self._began = time.monotonic()
        self._shown = shown

    def __call__(self, path: Path, fraction: float, rows: int) -> None:
        """A file has come so far, by so many rows more."""
        self._rows += rows
        self._done[path] = fraction * self._sizes[path]
        rate = self._rows / max(time.monotonic() - self._began, 0.001)
        self._shown.show(sum(self._done.values()) / self._total, path.name, f"{self._rows:,} rows, {rate:,.0f}/s")


@contextmanager
def _rejects(path: Path | None) -> Iterator[Rejected]:
    if path is None:
        yield lambda *_: None
        return
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["file", "line", "reason", "detail"])
        yield lambda file, line, reason, detail: writer.writerow([file.name, line, reason, detail])


def _tell(cli: Cli, count: Reconciliation, currency: str, rejects: Path | None) -> None:
    for text in count.unreadable:
        output.talk(f"cannot be read to its end: {text}")
    if cli.as_json:
        output.print_json(count.as_json())
        return
    rows: list[dict[str, Any]] = [
        {"what": "read from the files", "rows": count.rows_read, "amount": count.file_total},
        {"what": "booked", "rows": count.rows_booked, "amount": count.booked_total},
        {"what": "rejected", "rows": count.rows_rejected, "amount": count.rejected_total},
        *({"what": f"  {each}: {reasons.in_words(each)}", "rows": n} for each, n in sorted(count.rejected.items())),
        {"what": "in the store, by its day reports", "amount": count.store_total},
        {"what": "  of it not from these files", "amount": count.other_total},
    ]
    output.print_table(rows, {"": "what", "rows": "rows", "amount": output.amount_in(currency, "amount")})
    output.talk(f"{count.invoices} invoices, {count.refunds} refunds; {count.already_booked} were booked before")
    if count.rows_rejected and rejects is None:
        output.talk("to see the rejected rows: --rejects FILE")
    output.talk("balanced to the penny" if count.balanced else "NOT BALANCED: rows or money are missing")


@verb(command, "products", creates=True)
@_files
def products(cli: Cli, files: Sequence[Path]) -> int:
    """Define the products in FILES (CSV: product_id,name,kind,tax_code,price,barcodes,shelf).

    Barcodes are separated by |. A product that is already as the file says is left alone.
    """

    async def find(product_id: str) -> Found | None:
        try:
            answer = await cli.api.get(f"/products/{part(product_id)}")
        except Answered as answered:
            if answered.status == NOT_FOUND:
                return None
            raise
        return Found(answer.json(), answer.headers["etag"])

    async def put(product_id: str, product: Json, etag: str | None) -> None:
        try:
            await cli.api.write("PUT", f"/products/{part(product_id)}", product, etag=etag)
        except Answered as answered:
            if answered.status >= SERVER_FAULT:
                raise
            raise Refused(answered.detail) from None

    count = ProductsCount()
    run = ProductsImport(find, put)
    for path in files:
        try:
            cli.wait(partial(run.run, path, count))
        except (ColumnsMissing, FileUnreadable) as error:
            raise bad_input(f"{error}.") from None
    if cli.as_json:
        output.print_json(count.as_json())
    else:
        output.print_table(count.problems, output.fields("file", "line", "detail"))
        output.talk(f"{count.defined} defined, {count.unchanged} as they were, {len(count.problems)} rejected")
    return 1 if count.problems else 0
