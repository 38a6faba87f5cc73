"""`backroom pricelists`."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import click

from appliance.cli.failures import bad_input
from appliance.cli.verbs import Cli, page_options, verb

_COLUMNS = {"version": "version", "valid from": "valid_from", "products": "products", "position": "position"}
_HEADER = ["product_id", "price"]


@click.group("pricelists")
def command() -> None:
    """Load price lists and see which are in force."""


@verb(command, "list")
@page_options
def list_pricelists(cli: Cli, limit: int, cursor: str | None) -> None:
    """List price lists."""
    cli.show_list(cli.get("/pricelists", {"limit": limit, "cursor": cursor}), _COLUMNS)


@verb(command, "load", writes=True)
@click.argument("version")
@click.argument("file", type=click.File(encoding="utf-8"), default="-")
@click.option(
    "--valid-from",
    required=True,
    metavar="TIME",
    help="From when on it holds, with an offset: 2026-11-23T06:00:00+01:00.",
)
def load(cli: Cli, version: str, file: Any, valid_from: str) -> None:
    """Load the price list in FILE (CSV with the columns product_id,price) as VERSION; it loads once."""
    body = {"version": version, "valid_from": _aware(valid_from), "prices": _prices(file)}
    cli.show(cli.write("POST", "/pricelists", body), _COLUMNS)


def _aware(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.BadParameter(
            "write a time with an offset, such as 2026-11-23T06:00:00+01:00", param_hint="--valid-from"
        )
    return moment.isoformat()


def _prices(file: Any) -> list[dict[str, str]]:
    try:
        text = file.read().removeprefix("\ufeff")
        reader = csv.DictReader(io.StringIO(text), strict=True)
        if not set(_HEADER) <= set(reader.fieldnames or ()):
            raise bad_input(f"{file.name} needs the columns {' and '.join(_HEADER)} in its first line.")
        return [{name: (row[name] or "").strip() for name in _HEADER} for row in reader]
    except (csv.Error, UnicodeDecodeError) as error:
        raise bad_input(f"{file.name} cannot be read: {error}.") from None
