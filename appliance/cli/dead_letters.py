"""`backroom dead-letters`."""

from __future__ import annotations

import click

from appliance.cli.output import Columns
from appliance.cli.verbs import Cli, chosen, page_options, verb

_COLUMNS: Columns = {
    "id": "id",
    "state": "state",
    "queue": "queue",
    "actor": "actor",
    "saga": lambda item: item["saga_id"] or "",
    "bytes": "bytes",
    "error": lambda item: item["error"] or "",
    "failed": lambda item: item["failed_at"] or "",
}
_SHOWN: Columns = {
    **_COLUMNS,
    "attempts": "attempts",
    "process deaths": "kills",
    "queued": "enqueued_at",
    "says": "body",
    "traceback": "traceback",
}
_STEERED: Columns = {"message": "message_id", "done": "action"}


@click.group("dead-letters")
def command() -> None:
    """See messages that gave up, and decide about them."""


@verb(command, "list")
@page_options
def list_letters(cli: Cli, limit: int, cursor: str | None) -> None:
    """List messages that gave up, newest first."""
    cli.show_list(cli.get("/dead-letters", {"limit": limit, "cursor": cursor}), _COLUMNS, empty="none gave up")


@verb(command, "show")
@click.argument("message_id", type=int)
def show(cli: Cli, message_id: int) -> None:
    """Show one message that gave up: why, and what it was about."""
    cli.show(cli.get(f"/dead-letters/{message_id}"), _SHOWN)


@verb(command, "retry", writes=True)
@click.argument("message_id", type=int)
@click.option("--reason", help="Why; for a message of a saga it becomes part of its history.")
@click.option("--operator", help="Who decides.")
def retry(cli: Cli, message_id: int, reason: str | None, operator: str | None) -> None:
    """Work on a message again."""
    body = chosen(reason=reason, operator=operator)
    cli.show(cli.write("POST", f"/dead-letters/{message_id}/retry", body), _STEERED)


@verb(command, "discard", writes=True)
@click.argument("message_id", type=int)
@click.option("--reason", help="Why.")
@click.option("--operator", help="Who decides.")
def discard(cli: Cli, message_id: int, reason: str | None, operator: str | None) -> None:
    """Give a message up for good."""
    body = chosen(reason=reason, operator=operator)
    cli.show(cli.write("POST", f"/dead-letters/{message_id}/discard", body), _STEERED)
