"""`backroom dump`."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
from collections.abc import Iterator

import click

from appliance.cli.failures import no_store
from appliance.cli.verbs import every_verb, place, settings_of
from appliance.eventstore.connection import open_reader
from appliance.eventstore.store import Paths
from appliance.projections import canonical
from appliance.projections.registry import live

# The fingerprint is keyed by a secret of each store, and the checksum covers it: two honest stores differ in both.
_RECEIPTS = ("scope", "key", "command_id", "status", "ids", "first_position", "last_position", "recorded_at")


@click.command("dump")
@every_verb
def command(as_json: bool) -> None:  # noqa: ARG001  every verb takes it
    """Print log, receipts and views as JSON lines in one order and one spelling.

    Two stores that hold the same print the same bytes. It reads the file, beside a running store too, as of one moment.
    """
    paths = Paths(settings_of(place()).data_dir)
    if not paths.database.exists():
        raise no_store(paths.data)
    with contextlib.closing(open_reader(paths.database)) as db:
        db.execute("BEGIN")
        for line in _lines(db):
            sys.stdout.write(line + "\n")


def _lines(db: sqlite3.Connection) -> Iterator[str]:
    yield _line(["events", "record", "hash"])
    for record, digest in db.execute("SELECT record, hash FROM events ORDER BY position"):
        yield _line([record, digest.hex()])
    yield _line(["receipts", *_RECEIPTS])
    for row in db.execute(f"SELECT {', '.join(_RECEIPTS)} FROM receipts ORDER BY scope, key"):  # noqa: S608  our names
        yield _line([*row])
    yield from canonical.dump(db, live())


def _line(values: list[object]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
