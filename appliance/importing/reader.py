"""Reads the rows of a sales file, plain or compressed with xz, and says of every line what is wrong with it.

One line is one row: a quote that nobody closed spoils its own row and not the rest of the file. Blank lines are no
rows. Nothing here knows what the columns mean.
"""

from __future__ import annotations

import csv
import io
import lzma
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")

MAX_LINE_BYTES = 64 * 1024  # no invoice line is this long; what is longer is never held in memory
_BUFFER_BYTES = 256 * 1024
_BYTE_ORDER_MARK = "\ufeff"

BAD_ENCODING = "bad_encoding"
BAD_QUOTING = "bad_quoting"
LINE_TOO_LONG = "line_too_long"
MISSING_COLUMNS = "missing_columns"
TOO_MANY_FIELDS = "too_many_fields"
TRUNCATED_ROW = "truncated_row"


class Row(NamedTuple):
    """A line of the file: its fields in the order of COLUMNS, or why it has none worth reading.

    A row whose encoding is broken has fields all the same, with the broken characters replaced: it can be priced.
    """

    line: int
    fields: Sequence[str]
    fault: str | None


class FileUnreadable(Exception):
    """The file ends in the middle: a damaged archive, or a disk that fails. Rows before that have been read."""


def read_rows(path: Path) -> Iterator[Row]:
    """Every row of the file. Raises FileUnreadable where the rest cannot be read."""
    try:
        with path.open("rb") as raw, _decompressed(raw, path) as stream:
            yield from _rows(stream)
    except (OSError, EOFError, lzma.LZMAError) as error:
        message = f"{path.name}: {error}"
        raise FileUnreadable(message) from error


class Record(NamedTuple):
    """A line by the names of its columns, or why it has none worth reading."""

    line: int
    values: Mapping[str, str]
    fault: str | None


def read_records(path: Path) -> Iterator[Record]:
    """Every line of a file with columns of any names. Raises FileUnreadable where the rest cannot be read."""
    try:
        with path.open("rb") as raw, _decompressed(raw, path) as stream:
            header = _header(stream.readline(MAX_LINE_BYTES))
            for number, fields, fault in _fields(stream, len(header)):
                yield Record(number, {} if fault else dict(zip(header, fields, strict=True)), fault)
    except (OSError, EOFError, lzma.LZMAError) as error:
        message = f"{path.name}: {error}"
        raise FileUnreadable(message) from error


def missing_columns(header: Sequence[str]) -> list[str]:
    """The columns that a header lacks."""
    return [name for name in COLUMNS if name not in header]


def read_header(path: Path) -> list[str]:
    """The names in the first line, or none where it cannot be read."""
    try:
        with path.open("rb") as raw, _decompressed(raw, path) as stream:
            return _header(stream.readline(MAX_LINE_BYTES))
    except (OSError, EOFError, lzma.LZMAError):
        return []


def _decompressed(raw: io.BufferedReader, path: Path) -> io.BufferedIOBase:
    if path.suffix == ".xz":
        # LZMAFile reads lines in Python; a buffer in front of it reads them in C.
        return io.BufferedReader(lzma.LZMAFile(raw), _BUFFER_BYTES)
    return raw


def _header(line: bytes) -> list[str]:
    text = line.decode(errors="replace").removeprefix(_BYTE_ORDER_MARK)
    return [name.strip() for name in next(csv.reader([text]), [])]


def _rows(stream: io.BufferedIOBase) -> Iterator[Row]:
    header = _header(stream.readline(MAX_LINE_BYTES))
    if missing_columns(header):
        yield from (Row(number, (), MISSING_COLUMNS) for number, _, _ in _lines(stream))
        return
    width = len(header)
    in_order = None if tuple(header) == COLUMNS else itemgetter(*[header.index(name) for name in COLUMNS])
    for number, fields, fault in _fields(stream, width):
        yield Row(number, fields if in_order is None or not fields else in_order(fields), fault)


def _fields(stream: io.BufferedIOBase, width: int) -> Iterator[tuple[int, Sequence[str], str | None]]:
    """Number, fields and fault of every line; there are fields where the line can be taken apart."""
    for number, text, fault in _lines(stream):
        fields = _split(text)
        if fault == LINE_TOO_LONG:
            yield number, (), fault
        elif fields is None:
            yield number, (), BAD_QUOTING
        elif len(fields) != width:
            yield number, (), TRUNCATED_ROW if len(fields) < width else TOO_MANY_FIELDS
        else:
            yield number, fields, fault


def _split(text: str) -> list[str] | None:
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error:
        return None


def _lines(stream: io.BufferedIOBase) -> Iterator[tuple[int, str, str | None]]:
    """Number, text and fault of every line after the header that is not blank."""
    number = 1
    while line := stream.readline(MAX_LINE_BYTES):
        number += 1
        fault = None
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            _skip_line(stream)
            yield number, "", LINE_TOO_LONG
            continue
        try:
            text = line.decode()
        except UnicodeDecodeError:
            text, fault = line.decode(errors="replace"), BAD_ENCODING
        text = text.rstrip("\r\n")
        if text:
            yield number, text, fault


def _skip_line(stream: io.BufferedIOBase) -> None:
    while (rest := stream.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
        pass
