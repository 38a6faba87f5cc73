"""`backroom migrate`."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from appliance.cli import output
from appliance.cli.verbs import Cli, alone
from appliance.eventstore.connection import open_reader
from appliance.eventstore.migrate import applied
from appliance.eventstore.store import Paths


@alone("migrate", creates=True)
def command(cli: Cli) -> None:
    """Make the store's file fit this program, or make a new store; a backup is made first.

    A store also does this by itself whenever it starts; a running one fits already.
    """
    names = _applied(Paths(cli.settings.data_dir).database)
    if cli.as_json:
        output.print_json({"applied": names, "running": cli.api.running})
    else:
        cli.say(f"the store in {cli.settings.data_dir} is up to date: {', '.join(names)}")


def _applied(database: Path) -> list[str]:
    try:
        with contextlib.closing(open_reader(database)) as db:
            return list(applied(db))
    except sqlite3.Error:
        return []
