"""Gathers the rows of one file into invoices, in the order their numbers first appear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from appliance.importing import codes, rows
from appliance.importing.batch import Adjustment, Batch, Invoice, Line, NewProduct
from appliance.importing.reader import Row

_NO_REASON_GIVEN = "negative line without a description"


class RejectedRow(NamedTuple):
    """A row that is not booked, and why."""

    line: int
    reason: str
    money: int
    fields: Sequence[str]


@dataclass(slots=True)
class Gathered:
    """An invoice, and the rows it was gathered from."""

    invoice: Invoice
    lines: list[int] = field(default_factory=list)
    money: int = 0


@dataclass(slots=True)
class FileContents:
    """All of one file, understood."""

    invoices: dict[str, Gathered] = field(default_factory=dict)
    rejected: list[RejectedRow] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # product id -> name
    kinds: dict[str, str] = field(default_factory=dict)  # product id -> kind
    rows: int = 0
    money: int = 0

    def batches(self, lines: int) -> Iterator[list[Gathered]]:
        """The invoices in order, cut after at least so many lines."""
        batch: list[Gathered] = []
        size = 0
        for gathered in self.invoices.values():
            batch.append(gathered)
            size += len(gathered.lines)
            if size >= lines:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def on_the_wire(self, batch: Iterable[Gathered]) -> Batch:
        """A batch as the store takes it."""
        invoices = [gathered.invoice for gathered in batch]
        ids = dict.fromkeys(product_id for invoice in invoices for product_id in invoice.product_ids())
        products = [NewProduct(product_id=each, name=self.names.get(each, each), kind=self.kinds[each]) for each in ids]
        return Batch(invoices=invoices, products=products)


def gather(read: Iterable[Row], exponent: int) -> FileContents:
    """Understand every row: each one ends in an invoice or among the rejected."""
    contents = FileContents()
    second_best: dict[str, str] = {}  # names from rows that cost nothing: they may say "damaged"
    for row in read:
        meaning = rows.meaning_of(row.fields, row.fault, exponent)
        contents.rows += 1
        contents.money += meaning.money
        if meaning.reason is not None:
            contents.rejected.append(RejectedRow(row.line, meaning.reason, meaning.money, row.fields))
            continue
        _add(contents, row, meaning)
        _name(contents.names if meaning.priced else second_best, row.fields)
    for product_id, name in second_best.items():
        contents.names.setdefault(product_id, name)
    return contents


def _add(contents: FileContents, row: Row, meaning: rows.Meaning) -> None:
    number, code, description, quantity, date, price, customer, country = [text.strip() for text in row.fields]
    gathered = contents.invoices.get(number)
    if gathered is None:
        gathered = contents.invoices[number] = Gathered(_begin(number, date, customer, country))
    product_id = codes.product_id_of(code)
    contents.kinds.setdefault(product_id, codes.kind_of(code))
    invoice = gathered.invoice
    if meaning.what == rows.ADJUSTMENT:
        invoice.adjustments.append(Adjustment(product_id, quantity, description or _NO_REASON_GIVEN))
    else:
        invoice.lines.append(Line(product_id, quantity.removeprefix("-"), price))
        invoice.paid += abs(meaning.money)
    gathered.lines.append(row.line)
    gathered.money += meaning.money


def _begin(number: str, date: str, customer: str, country: str) -> Invoice:
    return Invoice(
        number=number,
        refund=rows.invoice_kind(number) == rows.REFUND,
        at=rows.moment_of(date) or date,
        customer_id=customer or None,
        country=country or None,
        lines=[],
        adjustments=[],
    )


def _name(names: dict[str, str], fields: Sequence[str]) -> None:
    name = fields[2].strip()
    if name:
        names.setdefault(codes.product_id_of(fields[1].strip()), name)
