"""`backroom registers`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from appliance.cli.output import Columns
from appliance.cli.verbs import Cli, chosen, page_options, part, verb

_REGISTER = {"register": "register_id", "name": "name", "session": "session", "drawer open": "drawer_open"}
_operator = click.option("--operator", help="Who does it.")
_amount = click.argument("amount", type=click.IntRange(0), metavar="AMOUNT")


@click.group("registers")
def command() -> None:
    """Add registers and work their drawers; amounts are in minor units: 10000 is 100.00."""


@verb(command, "list")
@page_options
def list_registers(cli: Cli, limit: int, cursor: str | None) -> None:
    """List registers."""
    cli.show_list(cli.get("/registers", {"limit": limit, "cursor": cursor}), _REGISTER)


@verb(command, "add", writes=True)
@click.argument("register_id")
@click.option("--name", help="What people call it.")
def add(cli: Cli, register_id: str, name: str | None) -> None:
    """Add a register, or rename it."""
    cli.show(cli.write("PUT", f"/registers/{part(register_id)}", {"name": name or register_id}), _REGISTER)


@verb(command, "show")
@click.argument("register_id")
def show(cli: Cli, register_id: str) -> None:
    """Show the X report of a register's present session."""
    cli.show(cli.get(f"/registers/{part(register_id)}/drawer"), _report(cli))


@command.group("drawer")
def drawer() -> None:
    """Open, count and close the drawer, and move cash in and out."""


@verb(drawer, "open", writes=True)
@click.argument("register_id")
@_amount
@_operator
def open_drawer(cli: Cli, register_id: str, amount: int, operator: str | None) -> None:
    """Open the drawer with AMOUNT as its float."""
    _move(cli, register_id, "open", chosen(opening_float=amount, operator=operator))


@verb(drawer, "paid-in", writes=True)
@click.argument("register_id")
@_amount
@click.option("--reason", required=True, help="Where it comes from.")
@_operator
def paid_in(cli: Cli, register_id: str, amount: int, reason: str, operator: str | None) -> None:
    """Put AMOUNT of cash in."""
    _move(cli, register_id, "paid-in", chosen(amount=amount, reason=reason, operator=operator))


@verb(drawer, "paid-out", writes=True)
@click.argument("register_id")
@_amount
@click.option("--reason", required=True, help="Where it goes.")
@_operator
def paid_out(cli: Cli, register_id: str, amount: int, reason: str, operator: str | None) -> None:
    """Take AMOUNT of cash out."""
    _move(cli, register_id, "paid-out", chosen(amount=amount, reason=reason, operator=operator))


@verb(drawer, "count", writes=True)
@click.argument("register_id")
@_amount
@_operator
def count(cli: Cli, register_id: str, amount: int, operator: str | None) -> None:
    """Write down that AMOUNT is in the drawer; changes nothing else."""
    _move(cli, register_id, "count", chosen(counted=amount, operator=operator))


@verb(drawer, "close", writes=True)
@click.argument("register_id")
@_amount
@click.option("--reason", default="", help="Why counted and expected differ, where they do.")
@_operator
def close(cli: Cli, register_id: str, amount: int, reason: str, operator: str | None) -> None:
    """Close the drawer with AMOUNT counted, and show the Z report."""
    body = chosen(counted=amount, reason=reason, operator=operator)
    answer = cli.write("POST", f"/registers/{part(register_id)}/drawer/close", body)
    cli.show(answer, {**_report(cli), "difference": cli.amount("difference")})


def _move(cli: Cli, register_id: str, action: str, body: Mapping[str, Any]) -> None:
    cli.show(
        cli.write("POST", f"/registers/{part(register_id)}/drawer/{action}", body),
        {"register": "register_id", "session": "session", "action": "action", "amount": cli.amount("amount")},
    )


def _report(cli: Cli) -> Columns:
    return {
        "register": "register_id",
        "session": "session",
        "business date": "business_date",
        "opening float": cli.amount("opening_float"),
        "paid in": cli.amount("paid_in"),
        "paid out": cli.amount("paid_out"),
        "sales": lambda report: f"{report['sales_count']}: {cli.money(report['sales_amount'])}",
        "refunds": lambda report: f"{report['refunds_count']}: {cli.money(report['refunds_amount'])}",
        "voids": lambda report: f"{report['voids_count']}: {cli.money(report['voids_amount'])}",
        "tenders": lambda report: [
            f"{each['type']} {each['count']}: {cli.money(each['amount'])}" for each in report["tenders"]
        ],
        "expected": cli.amount("expected"),
        "counted": cli.amount("counted"),
    }
