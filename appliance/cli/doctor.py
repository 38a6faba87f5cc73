"""`backroom doctor`."""

from __future__ import annotations

import click

from appliance.cli import output
from appliance.cli.connection import answers
from appliance.cli.verbs import every_verb, place, settings_of
from appliance.eventstore.clock import system_clock
from appliance.eventstore.store import Paths
from appliance.observability.clock_state import synchronised
from appliance.observability.doctor import BAD, Patient, examine, worst


@click.command("doctor")
@every_verb
def command(as_json: bool) -> int:
    """Look over disk, clock, SQLite, file rights, lock, head and keys, each with a fix; exit code 1 where one is bad.

    It works whether the store runs, hangs or is gone.
    """
    paths = Paths(settings_of(place()).data_dir)
    findings = examine(Patient(paths, system_clock, synchronised, answers(paths.socket)))
    status = worst(findings)
    if as_json:
        output.print_json({"status": status, "checks": [each.as_json() for each in findings]})
    else:
        output.print_table([each.as_json() for each in findings], output.fields("status", "check", "detail", "fix"))
    return 1 if status == BAD else 0
