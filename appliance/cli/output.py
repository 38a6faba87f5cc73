"""What people see: tables and records on the standard output, talk on the standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from appliance.domain.currency import EXPONENTS
from appliance.domain.money import unscaled

Cell = Callable[[Mapping[str, Any]], Any]
Columns = Mapping[str, str | Cell]
"""Heading -> the field it shows, or what works the cell out."""


PIPE_WIDTH = 240


def talk(text: str) -> None:
    """Say something that is no data."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(text))


def print_json(value: Any) -> None:
    """A value as one line of JSON."""
    click.echo(json.dumps(value, ensure_ascii=False))


def print_table(items: Iterable[Mapping[str, Any]], columns: Columns) -> None:
    """Items as a table; in full width where the output is no terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in columns:
        right = heading in _RIGHT
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    for item in items:
        table.add_row(*[Text(_text(item, field)) for field in columns.values()])
    _print(table)


def print_record(item: Mapping[str, Any], columns: Columns) -> None:
    """One thing, a line a field; fields that say nothing are left out."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for heading, field in columns.items():
        text = _text(item, field)
        if text:
            table.add_row(heading, Text(text))
    _print(table)


def money(minor_units: int, currency: str) -> str:
    """An amount as people write it: "12.50"."""
    places = EXPONENTS.get(currency, 2)
    return unscaled(minor_units, places, places)


def amount_in(currency: str, field: str) -> Cell:
    """A column of amounts."""
    return lambda item: "" if item.get(field) is None else money(item[field], currency)


def fields(*names: str) -> dict[str, str]:
    """Columns that are headed by the names of their fields."""
    return {name.replace("_", " "): name for name in names}


_RIGHT = frozenset({"quantity", "amount", "price", "total", "on hand", "reserved", "available", "position", "count"})


def _text(item: Mapping[str, Any], field: str | Cell) -> str:
    value = item.get(field) if isinstance(field, str) else field(item)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(each) for each in value)
    return str(value)


def _print(table: Table) -> None:
    """Colours only for a terminal that wants them (NO_COLOR); in a pipe no line is cut and none ends in spaces."""
    if sys.stdout.isatty():
        Console(highlight=False).print(table)
        return
    console = Console(highlight=False, width=PIPE_WIDTH)
    with console.capture() as captured:
        console.print(table)
    sys.stdout.writelines(line.rstrip() + "\n" for line in captured.get().splitlines())
