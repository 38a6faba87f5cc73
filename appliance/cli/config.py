"""`backroom config`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from appliance.cli import output
from appliance.cli.verbs import every_verb, place, settings_of


@click.group("config")
def command() -> None:
    """See the settings in force."""


@command.command("show")
@every_verb
def show(as_json: bool) -> None:
    """Show every setting as it is in force: defaults, then the file, then the environment, then the command line."""
    settings = settings_of(place()).model_dump(mode="json")
    if as_json:
        output.print_json(settings)
    else:
        rows = [{"setting": name, "value": value} for name, value in _flat(settings)]
        output.print_table(rows, output.fields("setting", "value"))


@command.command("check")
@every_verb
def check(as_json: bool) -> None:
    """Say whether the settings can be used; the exit code says it too."""
    settings_of(place())
    if as_json:
        output.print_json({"valid": True})
    else:
        output.talk("the settings are valid")


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
