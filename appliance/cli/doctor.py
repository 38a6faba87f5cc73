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
    """Look over disk, clock, SQLite, file rights, lock, head, keys, PINs and certificate, each with a fix.

    The exit code is 1 where one of them is bad. It works whether the store runs, hangs or is gone.
    """
    settings = settings_of(place())
    paths = Paths(settings.data_dir)
    own = (settings.tls.certificate, settings.access.pepper_file)
    findings = examine(Patient(paths, system_clock, synchronised, answers(paths.socket), *own))
    status = worst(findings)
    if as_json:
        output.print_json({"status": status, "checks": [each.as_json() for each in findings]})
    else:
        output.print_table([each.as_json() for each in findings], output.fields("status", "check", "detail", "fix"))
    return 1 if status == BAD else 0
