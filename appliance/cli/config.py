"""`backroom config`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from appliance.cli import output
from appliance.cli.verbs import every_verb, place, settings_of
from appliance.places import SYSTEM_CONFIG
from appliance.settings_file import sets

MASK = "(hidden)"
SECRET = re.compile(r"(^|_)(token|password|secret|pin|pepper|seed)$", re.IGNORECASE)


@click.group("config")
def command() -> None:
    """See the settings in force."""


@command.command("show")
@every_verb
def show(as_json: bool) -> None:
    """Show every setting as it is in force, and where it comes from: default, file and line, environment, command line.

    Secrets are not shown. What head office sets are policies and no settings: docs/reference/policies.md.
    """
    settings = _masked(settings_of(place()).model_dump(mode="json"))
    rows = [{"setting": name, "value": value, "from": _origin(name)} for name, value in _flat(settings)]
    if as_json:
        output.print_json({**settings, "provenance": {row["setting"]: row["from"] for row in rows}})
    else:
        output.print_table(rows, output.fields("setting", "value", "from"))


@command.command("check")
@every_verb
def check(as_json: bool) -> None:
    """Say whether the settings can be used; the exit code says it too."""
    settings_of(place())
    if as_json:
        output.print_json({"valid": True})
    else:
        output.talk("the settings are valid")


def _masked(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _masked(each, key) for key, each in value.items()}
    return MASK if value and SECRET.search(name) else value


def _origin(name: str) -> str:
    """The first that names it, in the order settings are looked for."""
    keys = name.split(".")
    if name == "data_dir" and place().data is not None:
        return "command line"
    for length in range(len(keys), 0, -1):
        variable = "BACKROOM__" + "__".join(keys[:length]).upper()
        if any(each.upper() == variable for each in os.environ):
            return f"environment {variable}"
    file: Path = place().config or SYSTEM_CONFIG
    line = sets(file, keys)
    return "default" if line is None else f"{file} line {line}"


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
