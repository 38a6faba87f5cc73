"""The options that every verb takes; apart from the way to the store, which a verb that is the store needs not load."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from appliance.cli.root import CONFIG, DATA, Place

Verb = Callable[..., Any]


def place() -> Place:
    """Which store the command line names."""
    return click.get_current_context().find_object(Place) or Place(None, None)


def every_verb(command: Verb) -> Verb:
    """What every verb takes: `--json`, and `--data` and `--config` behind it as well as before it."""
    for name, settings in (("config", CONFIG), ("data", DATA)):
        command = click.option(f"--{name}", expose_value=False, callback=_note_place, hidden=True, **settings)(command)
    return _JSON(command)


def _note_place(context: click.Context, parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.obj = replace(place(), **{str(parameter.name): value})


_JSON = click.option("--json", "as_json", is_flag=True, help="Print what the store answers, as JSON.")
