"""`backroom backup`."""

from __future__ import annotations

import asyncio
import importlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from appliance.backups import archive, checking, restoring, sealing
from appliance.backups.archive import Backup
from appliance.backups.job import described
from appliance.cli import output
from appliance.cli.failures import Failure
from appliance.cli.progress import Bar, bar
from appliance.cli.verbs import Cli, every_verb, place, settings_of, verb
from appliance.config import Settings
from appliance.eventstore.escrow import read_private
from appliance.eventstore.store import Paths

LOOK_SECONDS = 0.1
FROM_HEAD_OFFICE = "appliance.cli.from_head_office"  # loaded where it is wanted: it brings the whole store along

_COLUMNS: output.Columns = {
    "name": "name",
    "made": "created_at",
    "incarnation": "incarnation",
    "position": "position",
    "MiB": lambda item: f"{item['bytes'] / (1 << 20):,.1f}",
    "sealed": lambda item: "yes" if item["sealed"] else "",
    "keys": lambda item: "yes" if item["has_keys"] else "expired",
}


_IDENTITY = click.option(
    "--identity",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The private key that opens a sealed backup.",
)


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
@_IDENTITY
def verify(as_json: bool, backup: str, identity: Path | None) -> int:
    """Prove BACKUP (a name from the list, or a folder) whole; exit code 1 where it is not.

    Checked are every file's checksum, the database's own structures, and the hash chain up to the promised position;
    of a sealed one without --identity its checksums only.
    """
    settings = settings_of(place())
    found = _named(backup, settings)
    with bar(f"verifying {found.name}") as shown:
        problems = checking.problems(found, shown.show)
        if found.is_sealed and identity and not problems:
            with sealing.opened(found, read_private(identity), settings.data_dir) as plain:
                problems = checking.problems(plain, shown.show)
    if as_json:
        output.print_json({**described(found), "status": "damaged" if problems else "whole", "problems": problems})
    elif problems:
        output.talk("\n".join(problems))
    else:
        proven = (
            "its checksums hold; --identity proves more" if found.is_sealed and not identity else "every hash holds"
        )
        click.echo(f"whole: {found.name} reaches position {found.manifest.position} and {proven}")
    return 1 if problems else 0


@command.command("restore")
@every_verb
@click.argument("backup", required=False)
@click.option("--from-hq", is_flag=True, help="Not a backup: fetch the whole log from head office, for a new box.")
@click.option(
    "--same-life",
    is_flag=True,
    help="With --from-hq, where the old box had sent everything before it stopped: its receipt numbers go on.",
)
@_IDENTITY
def restore(as_json: bool, backup: str | None, from_hq: bool, same_life: bool, identity: Path | None) -> None:
    """Make the empty directory named by --data a store as of BACKUP (a name, or a folder), or as head office has it.

    A store restored from a backup knows that it was: its next start fetches from head office what was sold since, or
    else begins a new incarnation, so that no receipt number is issued twice. With --from-hq every event is fetched,
    verified and booked again; broken off, it goes on where it was when it is done again.
    """
    settings = settings_of(place())
    if from_hq == (backup is not None) or (same_life and not from_hq):
        raise click.UsageError("Name a BACKUP, or give --from-hq; --same-life goes with --from-hq only.")
    if backup is None:
        _restore_from_hq(settings, as_json=as_json, same_life=same_life)
    else:
        _restore_backup(_named(backup, settings), settings, identity, as_json=as_json)


def _restore_backup(found: Backup, settings: Settings, identity: Path | None, *, as_json: bool) -> None:
    owner = read_private(identity) if identity else None
    with (
        bar(f"restoring {found.name}") as shown,
        sealing.opened(found, owner, settings.data_dir) as plain,
    ):
        restoring.restore(plain, settings.data_dir, shown.show)
    if as_json:
        output.print_json(described(found) | {"data": str(settings.data_dir)})
        return
    click.echo(f"restored {found.name} into {settings.data_dir}, up to position {found.manifest.position}")
    if not found.has_keys:
        output.talk("its keys have expired: customers' names and addresses show as erased")
    output.talk("start it with: backroom run")


def _restore_from_hq(settings: Settings, *, as_json: bool, same_life: bool) -> None:
    from_head_office: Any = importlib.import_module(FROM_HEAD_OFFICE)
    with bar("fetching from head office") as shown:
        found = from_head_office.restore(
            settings,
            lambda at, last: shown.show(at / last, detail=f"{at:,} of {last:,} events"),
            same_life=same_life,
        )
    told = {"store_id": settings.store.id, "data": str(settings.data_dir)} | (asdict(found) if found else {})
    if as_json:
        output.print_json(told)
        return
    click.echo(f"restored {settings.store.id} into {settings.data_dir}" + (f", {_reach(found)}" if found else ""))
    if found and found.begun:
        line = f"backroom hq provision {settings.store.id} --incarnation {found.incarnation} --base {found.position}"
        output.talk(f"receipt numbers begin anew as life {found.incarnation}; run at head office: {line}")
    output.talk("start it with: backroom run; then give people PINs and enrol the tills anew")


def _reach(found: Any) -> str:
    return f"{found.position} event(s) from head office, every one verified"


def _named(backup: str, settings: Settings) -> Backup:
    """The backup of that name, or in that folder. Raises BackupUnusable."""
    folder = Path(backup)
    if not folder.is_dir():
        folder = (settings.backup.directory or Paths(settings.data_dir).backups) / backup
    return archive.read(folder)
