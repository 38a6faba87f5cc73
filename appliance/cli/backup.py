"""`backroom backup`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from appliance.backups import archive, checking, restoring
from appliance.backups.archive import Backup
from appliance.backups.job import described
from appliance.cli import output
from appliance.cli.failures import Failure
from appliance.cli.progress import Bar, bar
from appliance.cli.verbs import Cli, every_verb, place, settings_of, verb
from appliance.config import Settings
from appliance.eventstore.store import Paths

LOOK_SECONDS = 0.1

_COLUMNS: output.Columns = {
    "name": "name",
    "made": "created_at",
    "incarnation": "incarnation",
    "position": "position",
    "MiB": lambda item: f"{item['bytes'] / (1 << 20):,.1f}",
    "keys": lambda item: "yes" if item["has_keys"] else "expired",
}


@click.group("backup")
def command() -> None:
    """Take, prove and restore copies of the store."""


@verb(command, "create", writes=True)
def create(cli: Cli) -> None:
    """Copy the whole store while it sells, prove the copy, and let go of what is beyond `[backup] keep`."""
    with bar("copying") as shown:
        state = cli.wait(lambda: _watch(cli, shown))
    if state["status"] != "done":
        raise Failure("The backup was not made", str(state["detail"]), "Selling goes on. Correct the cause, try again.")
    if cli.as_json:
        output.print_json(state["backup"])
    else:
        output.print_table([state["backup"]], _COLUMNS)


async def _watch(cli: Cli, shown: Bar) -> dict[str, Any]:
    state: dict[str, Any] = (await cli.api.write("POST", "/backups")).json()
    while state["status"] == "running":
        shown.show(state["fraction"])
        await asyncio.sleep(LOOK_SECONDS)
        state = (await cli.api.get("/backups/current")).json()
    return state


@verb(command, "list")
def list_backups(cli: Cli) -> None:
    """List the backups there are, newest first."""
    cli.show_list(cli.get("/backups"), _COLUMNS, "no backup yet: backroom backup create")


@command.command("verify")
@every_verb
@click.argument("backup")
def verify(as_json: bool, backup: str) -> int:
    """Prove BACKUP (a name from the list, or a folder) whole; exit code 1 where it is not.

    Checked are every file's checksum, the database's own structures, and the hash chain up to the promised position.
    """
    found = _named(backup, settings_of(place()))
    with bar(f"verifying {found.name}") as shown:
        problems = checking.problems(found, shown.show)
    if as_json:
        output.print_json({**described(found), "status": "damaged" if problems else "whole", "problems": problems})
    elif problems:
        output.talk("\n".join(problems))
    else:
        click.echo(f"whole: {found.name} reaches position {found.manifest.position} and every hash holds")
    return 1 if problems else 0


@command.command("restore")
@every_verb
@click.argument("backup")
def restore(as_json: bool, backup: str) -> None:
    """Make the empty directory named by --data a store as of BACKUP (a name, or a folder).

    The restored store knows that it was restored: its next start fetches from head office what was sold since, or
    else begins a new incarnation, so that no receipt number is issued twice.
    """
    settings = settings_of(place())
    found = _named(backup, settings)
    with bar(f"restoring {found.name}") as shown:
        restoring.restore(found, settings.data_dir, shown.show)
    if as_json:
        output.print_json(described(found) | {"data": str(settings.data_dir)})
        return
    click.echo(f"restored {found.name} into {settings.data_dir}, up to position {found.manifest.position}")
    if not found.has_keys:
        output.talk("its keys have expired: customers' names and addresses show as erased")
    output.talk("start it with: backroom run")


def _named(backup: str, settings: Settings) -> Backup:
    """The backup of that name, or in that folder. Raises BackupUnusable."""
    folder = Path(backup)
    if not folder.is_dir():
        folder = (settings.backup.directory or Paths(settings.data_dir).backups) / backup
    return archive.read(folder)
