"""`backroom refunds`."""

from __future__ import annotations

from typing import Any

import click

from appliance.cli import documents
from appliance.cli.bodies import json_file, read_json
from appliance.cli.verbs import Cli, part, verb


@click.group("refunds")
def command() -> None:
    """Give money back for goods whose sale nobody can name."""


@verb(command, "create", writes=True)
@json_file
def create(cli: Cli, file: Any) -> None:
    """Book the refund in FILE, in the JSON a till would send; `-` or nothing reads the standard input."""
    documents.show(cli, cli.write("POST", "/refunds", read_json(file)))


@verb(command, "show")
@click.argument("refund_id")
def show(cli: Cli, refund_id: str) -> None:
    """Show one refund."""
    documents.show(cli, cli.get(f"/refunds/{part(refund_id)}"))
