"""`backroom events`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click
import httpx

from appliance.cli.connection import PREFIX
from appliance.cli.failures import Answered, connection_lost
from appliance.cli.verbs import Cli, verb

_COLUMNS = {
    "position": "position",
    "type": "type",
    "stream": "stream_id",
    "version": "version",
    "occurred at": "occurred_at",
}


@click.group("events")
def command() -> None:
    """Read and follow the event log."""


@verb(command, "list")
@click.option("--after", type=click.IntRange(0), default=0, help="Only events past this position.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="How many.")
def list_events(cli: Cli, after: int, limit: int) -> None:
    """List events, oldest first."""
    cli.show_list(cli.get("/events", {"after": after, "limit": limit}), _COLUMNS)


@verb(command, "tail", must_run=True)
@click.option("--after", type=click.IntRange(0), default=None, help="Begin past this position, not with what is new.")
def tail(cli: Cli, after: int | None) -> None:
    """Follow the log of a running store until interrupted."""

    async def follow() -> None:
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        try:
            async with cli.api.client.stream("GET", f"{PREFIX}/events/stream", headers=headers, timeout=None) as answer:
                if answer.is_error:
                    await answer.aread()
                    raise Answered(answer.status_code, answer.json())
                async for line in answer.aiter_lines():
                    if line.startswith("data:"):
                        _print(json.loads(line.removeprefix("data:")), as_json=cli.as_json)
        except httpx.TransportError as error:
            raise connection_lost(error) from error

    cli.wait(follow)


def _print(record: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(record, ensure_ascii=False))
    else:
        click.echo(f"{record['position']:>9}  {record['occurred_at']}  {record['type']:<20}  {record['stream_id']}")
