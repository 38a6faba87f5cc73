"""`backroom support-bundle`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from appliance.cli import output
from appliance.cli.connection import answers
from appliance.cli.failures import Answered, Failure
from appliance.cli.verbs import Cli, alone
from appliance.eventstore.clock import rfc3339, system_clock
from appliance.eventstore.store import Paths
from appliance.observability import bundle
from appliance.observability.clock_state import synchronised
from appliance.observability.doctor import Patient, examine

Read = Callable[[Cli], Any]


def _doctor(cli: Cli) -> Any:
    settings, paths = cli.settings, Paths(cli.settings.data_dir)
    own = (settings.tls.certificate, settings.access.pepper_file)
    return [each.as_json() for each in examine(Patient(paths, system_clock, synchronised, answers(paths.socket), *own))]


def _health(cli: Cli) -> Any:
    """Every part's health, also of a store that says it is down."""
    try:
        return cli.get("/health").json()
    except Answered as down:
        return dict(down.problem)


PARTS: Mapping[str, Read] = {
    "settings.json": lambda cli: cli.settings.model_dump(mode="json"),
    "doctor.json": _doctor,
    "health.json": _health,
    "metrics.txt": lambda cli: cli.get("/metrics").text,
    "problems.json": lambda cli: cli.get("/problems").json(),
    "projections.json": lambda cli: cli.get("/projections").json(),
    "backups.json": lambda cli: cli.get("/backups").json(),
    "tables.json": lambda cli: bundle.tables(Paths(cli.settings.data_dir).database),
    "last-events.json": lambda cli: bundle.last_events(Paths(cli.settings.data_dir).database),
    "versions.json": lambda _: bundle.versions(),
}
"""What is in it, beside the logs that are given."""


@alone("support-bundle")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to put it.")
@click.option(
    "--log",
    "logs",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A log file to put in, redacted; may be given more than once.",
)
def command(cli: Cli, out: Path | None, logs: tuple[Path, ...]) -> None:
    """Pack what support needs: settings, doctor, health, metrics, problems, sizes, the last events without their data.

    Secrets, names and numbers are masked; look into it before you send it, it is a plain .tar.gz of JSON.
    """
    target = out or Path(f"backroom-support-{rfc3339(system_clock())[:19].replace(':', '')}.tar.gz")
    if target.exists():
        raise Failure("The bundle was not made", f"{target} is there already.", "Name another file with --out.")
    parts = {name: read(cli) for name, read in PARTS.items()}
    bundle.pack(target, parts, logs, bundle.people_known(Paths(cli.settings.data_dir).database))
    output.print_json({"bundle": str(target)}) if cli.as_json else click.echo(str(target))
