"""`backroom hq consume`."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import click

from appliance.cli import output
from appliance.cli.hq_server import at_head_office
from appliance.hq.connection import Server, connected
from appliance.hq.consumer import Consumer
from appliance.hq.folder import Folder
from appliance.hq.reporting import ReportingStore


@click.command("consume")
@at_head_office()
@click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The reporting store; by default reporting.db of the folder.",
)
@click.option("--once", is_flag=True, help="Count what there is, and end.")
@click.option(
    "--every",
    type=click.FloatRange(0.1, 3600),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How often to look.",
)
def command(folder: Folder, server: Server, as_json: bool, database: Path | None, once: bool, every: float) -> int:
    """Count all stores' events into a reporting store, each once, after proving it by its chain.

    It goes on until interrupted, and where it left off. Exit code 1 where something does not follow from what was
    before; that store's life stands still, all others go on.
    """
    path = database or folder.path / "reporting.db"
    with contextlib.closing(ReportingStore(path)) as store:
        try:
            asyncio.run(_count(server, store, once=once, every=every, as_json=as_json))
        except KeyboardInterrupt:
            output.talk("stopped; it goes on here the next time")
        alarms = [(known, *alarm) for known in sorted(folder.stores) for alarm in store.alarms(known)]
    for known, incarnation, position, kind, detail in alarms:
        output.talk(f"alarm: {known} incarnation {incarnation} at {position}: {kind}: {detail}")
    return 1 if alarms else 0


async def _count(server: Server, store: ReportingStore, *, once: bool, every: float, as_json: bool) -> None:
    async with connected(server) as jetstream:
        consumer = Consumer(jetstream, store)
        while True:
            counted = await consumer.catch_up()
            if counted or once:
                _tell(store, counted, as_json=as_json)
            if once:
                return
            await asyncio.sleep(every)


def _tell(store: ReportingStore, counted: int, *, as_json: bool) -> None:
    lives = [
        {"store": name, "incarnation": incarnation, "position": position, "hash": digest.hex(), "last_sale": sold}
        for name, incarnation, _, position, digest, _, sold in store.lives()
    ]
    if as_json:
        output.print_json({"counted": counted, "lives": lives})
    else:
        click.echo(
            f"{counted} event(s) counted; {len(lives)} life/lives, {sum(each['position'] for each in lives)} in all"
        )
