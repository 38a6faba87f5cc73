"""`backroom hq consume`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import click

from appliance import __version__
from appliance.cli import output
from appliance.cli.hq_server import at_head_office
from appliance.hq.connection import Server, connected
from appliance.hq.consumer import Consumer
from appliance.hq.folder import Folder
from appliance.hq.reporting import ReportingStore
from appliance.observability.tracing import Tracing, open_tracing

SERVICE = "backroom-hq"


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
@click.option(
    "--traces-to",
    envvar="BACKROOM_HQ_TRACES_TO",
    metavar="URL",
    help="An OTLP/HTTP receiver of spans, whole: each counted event ends the trace its till began (needs the extra"
    " otel; also BACKROOM_HQ_TRACES_TO).",
)
def command(
    folder: Folder,
    server: Server,
    as_json: bool,
    database: Path | None,
    once: bool,
    every: float,
    traces_to: str | None,
) -> int:
    """Count all stores' events into a reporting store, each once, after proving it by its chain.

    It goes on until interrupted, and where it left off. Exit code 1 where something does not follow from what was
    before; that store's life stands still, all others go on.
    """
    path = database or folder.path / "reporting.db"
    with contextlib.closing(ReportingStore(path)) as store, _tracing(traces_to) as tracing:
        try:
            asyncio.run(_count(server, store, tracing, once=once, every=every, as_json=as_json))
        except KeyboardInterrupt:
            output.talk("stopped; it goes on here the next time")
        alarms = [(known, *alarm) for known in sorted(folder.stores) for alarm in store.alarms(known)]
    for known, incarnation, position, kind, detail in alarms:
        output.talk(f"alarm: {known} incarnation {incarnation} at {position}: {kind}: {detail}")
    return 1 if alarms else 0


@contextlib.contextmanager
def _tracing(url: str | None) -> Iterator[Tracing | None]:
    """Spans while it counts, where somebody is to have them; what waits is sent before it ends."""
    if url is None:
        yield None
        return
    tracing = open_tracing(url, 1.0, SERVICE, __version__, SERVICE)
    try:
        yield tracing
    finally:
        tracing.close()


async def _count(
    server: Server, store: ReportingStore, tracing: Tracing | None, *, once: bool, every: float, as_json: bool
) -> None:
    async with connected(server) as jetstream:
        consumer = Consumer(jetstream, store, tracing)
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
