"""`backroom sagas`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from appliance.cli import output
from appliance.cli.output import Columns
from appliance.cli.verbs import Cli, chosen, page_options, part, verb

STATUSES = ("running", "waiting", "compensating", "stuck", "completed", "compensated")

_SUMMARY: Columns = {
    "saga": "saga_id",
    "what": lambda item: f"{item['definition']} {item['version']}",
    "status": "status",
    "step": "step",
    "why": lambda item: item["reason"] or item["detail"] or item["code"] or "",
    "started": "started_at",
}


@click.group("sagas")
def command() -> None:
    """See and steer work that takes minutes to days."""


@verb(command, "list")
@page_options
@click.option("--status", type=click.Choice(STATUSES), help="Of one status.")
def list_sagas(cli: Cli, limit: int, cursor: str | None, status: str | None) -> None:
    """List sagas, newest first."""
    cli.show_list(cli.get("/sagas", {"limit": limit, "cursor": cursor, "status": status}), _SUMMARY)


@verb(command, "show")
@click.argument("saga_id")
def show(cli: Cli, saga_id: str) -> None:
    """Tell the story of one saga."""
    answer = cli.get(f"/sagas/{part(saga_id)}")
    if cli.as_json:
        click.echo(answer.content.decode())
        return
    saga = answer.json()
    output.print_record(saga, {**_SUMMARY, "ended": "finished_at"})
    for event in saga["story"]:
        click.echo(f"{event['at']}  {_told(event)}")


@verb(command, "retry", writes=True)
@click.argument("saga_id")
@click.option("--reason", required=True, help="Why; it becomes part of the saga's history.")
@click.option("--operator", help="Who decides.")
def retry(cli: Cli, saga_id: str, reason: str, operator: str | None) -> None:
    """Try a saga's present step again, now."""
    _steer(cli, saga_id, "retry", reason, operator)


@verb(command, "compensate", writes=True)
@click.argument("saga_id")
@click.option("--reason", required=True, help="Why; it becomes part of the saga's history.")
@click.option("--operator", help="Who decides.")
def compensate(cli: Cli, saga_id: str, reason: str, operator: str | None) -> None:
    """Turn a saga round: take back everything that was done."""
    _steer(cli, saga_id, "compensate", reason, operator)


@verb(command, "skip", writes=True)
@click.argument("saga_id")
@click.option("--reason", required=True, help="Why; it becomes part of the saga's history.")
@click.option("--operator", help="Who decides.")
def skip(cli: Cli, saga_id: str, reason: str, operator: str | None) -> None:
    """Take a saga's present step for done, or undone, without calling anybody."""
    _steer(cli, saga_id, "skip", reason, operator)


def _steer(cli: Cli, saga_id: str, action: str, reason: str, operator: str | None) -> None:
    body = chosen(reason=reason, operator=operator)
    cli.show(cli.write("POST", f"/sagas/{part(saga_id)}/{action}", body), {"saga": "saga_id", "done": "action"})


# --- the story -------------------------------------------------------------------------------------------------


def _told(event: Mapping[str, Any]) -> str:
    tell = _STORY.get(event["type"])
    return tell(event) if tell is not None else str(event["type"])


def _completed(event: Mapping[str, Any]) -> str:
    if event["skipped"]:
        return f"{event['step']}: passed over ({event['note']})"
    how = "found to be done" if event["found"] else "done"
    tries = f" at attempt {event['attempt']}" if event["attempt"] > 1 else ""
    return f"{event['step']}: {how}{tries}{_result(event)}"


def _undone(event: Mapping[str, Any]) -> str:
    if event["skipped"]:
        return f"{event['step']}: taken for undone ({event['note']})"
    return f"{event['step']}: {event['note'] or 'undone'}{_result(event)}"


def _result(event: Mapping[str, Any]) -> str:
    shown = ", ".join(f"{name} {value}" for name, value in event["result"].items() if isinstance(value, str | int))
    return f" ({shown})" if shown else ""


def _retried(event: Mapping[str, Any]) -> str:
    what = "nobody knows whether it was done" if event["unknown"] else "it was not done"
    doing = "undoing " if event["undoing"] else ""
    again = f"again in {event['delay_ms'] / 1000:.1f} s"
    return f"{doing}{event['step']}: attempt {event['attempt']} failed: {event['detail']}; {what}; {again}"


def _acted(event: Mapping[str, Any]) -> str:
    who = event["operator"] or "somebody"
    return f"{who} decided to {event['action']}: {event['reason']}"


_STORY: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "saga.started": lambda event: f"began {event['definition']} for {event['subject']}",
    "saga.step_completed": _completed,
    "saga.step_waiting": lambda event: f"{event['step']}: waiting for somebody",
    "saga.escalated": lambda event: f"{event['step']}: nobody has come yet",
    "saga.step_held": lambda event: f"{event['step']}: could not be sent, waiting: {event['detail']}",
    "saga.retry_scheduled": _retried,
    "saga.compensation_started": lambda event: f"turned round at {event['step']}: {event['reason']}",
    "saga.step_undone": _undone,
    "saga.stuck": lambda event: f"STUCK at {event['step']}: {event['detail']}",
    "saga.cancel_requested": lambda event: f"is to be undone: {event['reason']}",
    "saga.operator_acted": _acted,
    "saga.completed": lambda _: "completed",
    "saga.compensated": lambda event: f"everything is taken back: {event['reason']}",
}
