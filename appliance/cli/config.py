"""`backroom config`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import click

from appliance.cli import output
from appliance.cli.connection import answers, connected
from appliance.cli.verbs import every_verb, place, settings_of
from appliance.config import Settings
from appliance.domain import policies
from appliance.eventstore.store import Paths
from appliance.queries.headquarters import policies_in
from appliance.settings_in_force import Prevailing
from appliance.settings_report import report
from appliance.settings_sources import FILE, HEAD_OFFICE

BY_WHICH = {"common": "for all stores", "store": "for this store", "command": "by a command"}


@click.group("config")
def command() -> None:
    """See the settings in force."""


@command.command("show")
@every_verb
def show(as_json: bool) -> None:
    """Show every setting as it is in force, and where it comes from.

    That is the default, the file and its line, the environment, the command line, or head office, and whether a change
    takes a new start. Beside a running store it is the store that answers. Secrets are not shown.
    """
    settings = settings_of(place())
    found = _asked(settings) if answers(Paths(settings.data_dir).socket) else _read(settings)
    if as_json:
        output.print_json(found)
    else:
        output.print_table(found["items"], _COLUMNS)


@command.command("check")
@every_verb
def check(as_json: bool) -> None:
    """Say whether the settings can be used; the exit code says it too."""
    settings_of(place())
    if as_json:
        output.print_json({"valid": True})
    else:
        output.talk("the settings are valid")


def _asked(settings: Settings) -> dict[str, Any]:
    """As the running store has them."""

    async def ask() -> dict[str, Any]:
        async with connected(settings, must_run=True) as api:
            found: dict[str, Any] = (await api.get("/settings")).json()
            return found

    return asyncio.run(ask())


def _read(settings: Settings) -> dict[str, Any]:
    """As a store would have them that starts now."""
    policy, told = policies.standing(settings.policy(), policies_in(Paths(settings.data_dir).database))
    return {"items": report(Prevailing(settings, settings, told), policy), "next_cursor": None}


def _origin(item: Mapping[str, Any]) -> str:
    source, where = item["source"], item["where"]
    if source == HEAD_OFFICE:
        return f"{source}, {BY_WHICH[where]}"
    return where if source == FILE else f"{source} {where or ''}".strip()


def _otherwise(item: Mapping[str, Any]) -> str:
    """What else is said of it, and why that is not in force."""
    if item["waiting"] is not None:
        return f"{_value(item['waiting']['value'])} from the next start on"
    if item["instead_of"] is not None:
        return f"{_value(item['instead_of']['value'])} by the box itself"
    return ""


def _value(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


_COLUMNS: output.Columns = {
    "setting": "key",
    "value": lambda item: _value(item["value"]),
    "from": _origin,
    "change": lambda item: "new start" if item["restart"] else "at once",
    "head office": lambda item: "may set it" if item["head_office"] else "",
    "otherwise": _otherwise,
}
