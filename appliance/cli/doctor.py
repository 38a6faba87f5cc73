"""`backroom doctor`."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator

import click

from appliance.cli import output
from appliance.cli.connection import answers
from appliance.cli.verbs import every_verb, place, settings_of
from appliance.config import Settings
from appliance.eventstore import log
from appliance.eventstore.chain import GENESIS
from appliance.eventstore.clock import system_clock
from appliance.eventstore.connection import open_reader
from appliance.eventstore.head import Head
from appliance.eventstore.identity import machine_id
from appliance.eventstore.store import Paths
from appliance.observability.clock_state import synchronised
from appliance.observability.doctor import BAD, OK, WARN, Finding, Patient, examine, worst
from appliance.sync import examining
from appliance.sync.connection import address_of


@click.command("doctor")
@every_verb
def command(as_json: bool) -> int:
    """Look over disk, clock, SQLite, file rights, lock, head, keys, PINs and certificate, each with a fix.

    The exit code is 1 where one of them is bad. It works whether the store runs, hangs or is gone. Where the store has
    a head office, the way there is tried out as well; a line that is down is a warning, since the store sells without.
    """
    settings = settings_of(place())
    paths = Paths(settings.data_dir)
    own = (settings.tls.certificate, settings.access.pepper_file)
    findings = examine(Patient(paths, system_clock, synchronised, answers(paths.socket), *own))
    if settings.sync.urls:
        findings += _head_office(settings, paths)
    status = worst(findings)
    if as_json:
        output.print_json({"status": status, "checks": [each.as_json() for each in findings]})
    else:
        output.print_table([each.as_json() for each in findings], output.fields("status", "check", "detail", "fix"))
    return 1 if status == BAD else 0


def _head_office(settings: Settings, paths: Paths) -> Iterator[Finding]:
    address, machine = address_of(settings.store.id, settings.sync), machine_id(settings.machine_id)
    for each in (*asyncio.run(examining.examine(address, machine, _end(paths))), *_refused(paths)):
        yield Finding("head office", OK if each.good else WARN, each.detail, each.fix)


def _refused(paths: Paths) -> list[examining.Sentence]:
    """What head office sent in vain, as far as the file can be read."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(open_reader(paths.database)) as db:
        return list(examining.refused(db))
    return []


def _end(paths: Paths) -> Head:
    """Where the log ends, as far as it can be read: what is wrong with the file is said by another check."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(open_reader(paths.database)) as db:
        return log.last(db)
    return Head(1, 0, GENESIS)
