"""`backroom hq watch`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from appliance.cli import output
from appliance.cli.hq_server import at_head_office
from appliance.hq.connection import Server, connected
from appliance.hq.folder import Folder
from appliance.hq.watching import Seen, Watch, seconds_since

MINUTE, HOUR, DAY = 60, 3_600, 86_400
_COLUMNS = ("store", "life", "head office", "store's log", "lag", "last event", "last sale", "alarms")

Show = Callable[[Sequence[Seen]], None]


@click.command("watch")
@at_head_office()
@click.argument("stores", nargs=-1, metavar="STORE...")
@click.option("--once", is_flag=True, help="Show it once, and end; exit code 1 where there is an alarm.")
@click.option(
    "--every",
    type=click.FloatRange(0.2, 3600),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="How often to look.",
)
def command(folder: Folder, server: Server, as_json: bool, stores: Sequence[str], once: bool, every: float) -> int:
    """Watch the stores: where they stand, how far behind they are, when they last sold, and what is wrong.

    A table that moves on a terminal; elsewhere a table a look. With --json a line a look. A store that is off line
    shows no log of its own: how far behind it is, only it can say.
    """
    console = Console(highlight=False)
    try:
        if once or as_json or not console.is_terminal:
            return asyncio.run(_watch(folder, server, stores, _printing(as_json=as_json), every, once=once))
        with Live(console=console, auto_refresh=False, screen=False) as live:
            return asyncio.run(_watch(folder, server, stores, _living(live), every, once=once))
    except KeyboardInterrupt:
        return 0


async def _watch(folder: Folder, server: Server, stores: Sequence[str], show: Show, every: float, *, once: bool) -> int:
    async with connected(server) as jetstream:
        watch = Watch(jetstream, folder)
        while True:
            found = await watch.look(stores)
            show(found)
            if once:
                return int(any(seen.alarms for seen in found))
            await asyncio.sleep(every)


def _printing(*, as_json: bool) -> Show:
    def show(found: Sequence[Seen]) -> None:
        if as_json:
            output.print_json({"at": _now().isoformat(), "stores": [seen.as_data() for seen in found]})
        else:
            headings = {heading: heading for heading in _COLUMNS}
            output.print_table([dict(zip(_COLUMNS, _cells(seen), strict=True)) for seen in found], headings)

    return show


def _living(live: Live) -> Show:
    def show(found: Sequence[Seen]) -> None:
        table = Table(*_COLUMNS, box=None, header_style="bold")
        for seen in found:
            style = "red" if seen.alarms else ("" if seen.online else "yellow")
            table.add_row(*[Text(cell, style=style) for cell in _cells(seen)])
        live.update(table, refresh=True)

    return show


def _cells(seen: Seen) -> tuple[str, ...]:
    now = _now()
    return (
        seen.store,
        str(seen.incarnation or ""),
        str(seen.at_head_office),
        "off line" if seen.position is None else str(seen.position),
        "" if seen.lag is None else str(seen.lag),
        _ago(seconds_since(seen.last_event, now)),
        _ago(seconds_since(seen.last_sale, now)),
        "; ".join(seen.alarms),
    )


def _ago(seconds: float | None) -> str:
    if seconds is None:
        return "never"
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds // unit:.0f} {name} ago"
    return f"{seconds:.0f} s ago"


def _now() -> datetime:
    return datetime.now(UTC)
