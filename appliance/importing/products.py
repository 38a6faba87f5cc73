"""Reads a catalogue from a file and defines what of it the store does not have yet, or has otherwise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

from appliance.importing import reasons
from appliance.importing.reader import read_header, read_records

REQUIRED = ("product_id", "name", "tax_code")
OPTIONAL = ("kind", "price", "barcodes", "shelf")
BETWEEN_BARCODES = "|"

Json = Mapping[str, Any]


class ColumnsMissing(Exception):
    """The file's first line lacks columns; nothing of it can be used."""


class Found(NamedTuple):
    """A product as the store has it, and the version that was seen."""

    product: Json
    etag: str


class Refused(Exception):
    """The store does not take the product; the text says why."""


Find = Callable[[str], Awaitable[Found | None]]
Put = Callable[[str, Json, str | None], Awaitable[None]]
"""Defines a product over the version that was seen. Raises Refused."""


@dataclass(slots=True)
class ProductsCount:
    """What became of the rows."""

    files: int = 0
    rows_read: int = 0
    defined: int = 0
    unchanged: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """What `import products --json` prints."""
        return {
            "files": self.files,
            "rows_read": self.rows_read,
            "defined": self.defined,
            "unchanged": self.unchanged,
            "rejected": len(self.problems),
            "problems": self.problems,
        }


@dataclass(frozen=True, slots=True)
class ProductsImport:
    """One run; repeated, it defines nothing."""

    find: Find
    put: Put

    async def run(self, path: Path, count: ProductsCount) -> None:
        """Go through one file. Raises ColumnsMissing, FileUnreadable."""
        missing = [name for name in REQUIRED if name not in read_header(path)]
        if missing:
            message = f"{path.name} lacks the column(s) {', '.join(missing)} in its first line"
            raise ColumnsMissing(message)
        count.files += 1
        for record in read_records(path):
            count.rows_read += 1
            problem = record.fault and reasons.in_words(record.fault)
            problem = problem or await self._row(record.values, count)
            if problem:
                count.problems.append({"file": path.name, "line": record.line, "detail": problem})

    async def _row(self, values: Mapping[str, str], count: ProductsCount) -> str | None:
        product_id = values["product_id"].strip()
        wanted = product_of(values)
        if not product_id:
            return "there is no product_id"
        try:
            found = await self.find(product_id)
            if found is not None and _same(found.product, wanted):
                count.unchanged += 1
                return None
            await self.put(product_id, wanted, None if found is None else found.etag)
        except Refused as refused:
            return str(refused)
        count.defined += 1
        return None


def product_of(values: Mapping[str, str]) -> dict[str, Any]:
    """The product in a row, as the HTTP interface takes it."""
    given = {name: values.get(name, "").strip() for name in (*REQUIRED, *OPTIONAL)}
    return {
        "name": given["name"],
        "kind": given["kind"] or "stocked",
        "tax_code": given["tax_code"],
        "barcodes": list(_barcodes(given["barcodes"])),
        "price": given["price"] or None,
        "shelf": given["shelf"] or None,
    }


def _barcodes(text: str) -> Iterator[str]:
    return (code.strip() for code in text.split(BETWEEN_BARCODES) if code.strip())


def _same(found: Json, wanted: Json) -> bool:
    """Whether the store has the product just so; without a price in the file, whatever price it has is right."""
    plain = ("name", "kind", "tax_code", "barcodes", "shelf")
    if any(found[name] != wanted[name] for name in plain) or not found["active"]:
        return False
    return wanted["price"] is None or _decimal(found["price"]) == _decimal(wanted["price"])


def _decimal(text: str | None) -> Decimal | str | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        return text
