"""`backroom operator`."""

from __future__ import annotations

import sys
from typing import Any

import click

from appliance.cli import output
from appliance.cli.devices import ROLES
from appliance.cli.failures import Failure
from appliance.cli.verbs import Cli, page_options, part, verb

_COLUMNS = {"operator": "operator_id", "name": "name", "role": "role", "active": "active"}
_LIST = {**_COLUMNS, "pin": "pin_set", "added": "added_at"}


@click.group("operator")
def command() -> None:
    """Say who works here, and set their PINs."""


@verb(command, "add", writes=True)
@click.argument("operator_id")
@click.option("--name", help="For people; left out, the id.")
@click.option("--role", type=click.Choice(ROLES), default="cashier", show_default=True, help="What they may do.")
def add(cli: Cli, operator_id: str, name: str | None, role: str) -> None:
    """Add an operator, or bring back one who was disabled; then set a PIN."""
    body = {"operator_id": operator_id, "name": name or operator_id, "role": role}
    cli.show(cli.write("POST", "/operators", body), _COLUMNS)
    cli.say(f"They sign on once they have a PIN: backroom operator set-pin {operator_id}")


@verb(command, "list")
@page_options
def list_operators(cli: Cli, limit: int, cursor: str | None) -> None:
    """List operators, disabled ones too."""
    found = cli.get("/operators", {"limit": limit, "cursor": cursor})
    cli.show_list(found, _LIST, empty="no operators yet: backroom operator add ID --name NAME --role ROLE")


@verb(command, "disable", writes=True)
@click.argument("operator_id")
def disable(cli: Cli, operator_id: str) -> None:
    """Let an operator in no more; what they did stays under their name."""
    cli.show(cli.write("DELETE", f"/operators/{part(operator_id)}"), _COLUMNS)


@verb(command, "set-role", writes=True)
@click.argument("operator_id")
@click.argument("role", type=click.Choice(ROLES))
def set_role(cli: Cli, operator_id: str, role: str) -> None:
    """Give an operator another role; whoever is signed on under the old one no longer is."""
    cli.show(cli.write("PUT", f"/operators/{part(operator_id)}/role", {"role": role}), _COLUMNS)


@verb(command, "set-pin")
@click.argument("operator_id")
@click.option("--code", "by_code", is_flag=True, help="Print a one-time code with which they set it by themselves.")
def set_pin(cli: Cli, operator_id: str, by_code: bool) -> None:
    """Give an operator a new PIN: asked for twice at a terminal, else one line of the standard input."""
    address = f"/operators/{part(operator_id)}"
    if by_code:
        _show_code(cli, cli.write("POST", f"{address}/pin-codes", {}))
        return
    cli.show(cli.write("PUT", f"{address}/pin", {"pin": _typed()}), _COLUMNS)
    cli.say(f"{operator_id} can sign on with the new PIN.")


def _show_code(cli: Cli, answer: Any) -> None:
    if cli.as_json:
        cli.show(answer)
        return
    made = answer.json()
    output.talk(f"They type it within {made['minutes']} minutes, with the PIN they choose (POST /api/v1/pins):")
    click.echo(made["code"])


def _typed() -> str:
    """The PIN, never from the command line, where every process could read it."""
    if sys.stdin.isatty():
        pin: str = click.prompt("New PIN", hide_input=True, confirmation_prompt=True, err=True)
        return pin
    pin = sys.stdin.readline().strip()
    if not pin:
        raise Failure("No PIN was given", "The standard input was empty.", "Type it, or send it as one line.")
    return pin
