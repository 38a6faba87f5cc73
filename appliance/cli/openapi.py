"""`backroom openapi`."""

from __future__ import annotations

import json

import click

from appliance.api.openapi import document
from appliance.cli.verbs import every_verb


@click.command("openapi")
@every_verb
def command(as_json: bool) -> None:
    """Print the OpenAPI description of the HTTP interface; it needs no store."""
    click.echo(json.dumps(document(), ensure_ascii=False, indent=None if as_json else 2))
