"""`backroom projections`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import click

from appliance.cli import output
from appliance.cli.progress import Bar, bar
from appliance.cli.verbs import Cli, part, verb

LOOK_SECONDS = 0.1
_COLUMNS: output.Columns = {
    "name": "name",
    "version": "version",
    "position": "position",
    "status": "status",
    "progress": lambda item: f"{_fraction(item):.0%}" if item["progress"] else "",
}


@click.group("projections")
def command() -> None:
    """See and rebuild the views of the log."""


@verb(command, "list")
def list_projections(cli: Cli) -> None:
    """List the views and where they stand."""
    cli.show_list(cli.get("/projections"), _COLUMNS)


@verb(command, "rebuild", writes=True)
@click.argument("name", default="all")
def rebuild(cli: Cli, name: str) -> None:
    """Rebuild the view NAME, or all, from the log; selling goes on meanwhile."""
    begun = cli.write("POST", f"/projections/{part(name)}/rebuild").json()["items"]
    names = [item["name"] for item in begun]
    with bar(f"rebuilding {name}") as shown:
        cli.wait(lambda: _watch(cli, names, shown))
    cli.show_list(cli.get("/projections"), _COLUMNS)


async def _watch(cli: Cli, names: Sequence[str], shown: Bar) -> None:
    """Return when none of the views is being rebuilt any more."""
    while True:
        items = (await cli.api.get("/projections")).json()["items"]
        under_way = [item for item in items if item["name"] in names and item["progress"]]
        if not under_way:
            return
        shown.show(sum(_fraction(item) for item in under_way) / len(under_way))
        await asyncio.sleep(LOOK_SECONDS)


def _fraction(item: Mapping[str, Any]) -> float:
    progress = item["progress"] or {}
    return float(progress.get("fraction", 0.0))
