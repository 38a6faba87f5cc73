"""The root of the command line: global options, the table of nouns, and how every failure is told."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from appliance import __version__
from appliance.cli.failures import Failure
from appliance.cli.lazy import Entry, LazyGroup
from appliance.domain.refusals import Refusal

PRIVATE = 0o077  # what the store writes belongs to its own user only
USAGE_ERROR, FAILED, INTERRUPTED = 2, 1, 130


@dataclass(frozen=True, slots=True)
class Place:
    """Which store a command is about."""

    data: Path | None
    config: Path | None


NOUNS: Mapping[str, Entry] = {
    "run": Entry("appliance.cli.run", "Run the store until it is told to stop."),
    "demo": Entry("appliance.cli.demo", "Show it: a minute with a cut line, and the proof that nothing is lost."),
    "tui": Entry("appliance.cli.console", "Open the console: screens for the people on the store floor."),
    "sales": Entry("appliance.cli.sales", "Ring up, read, void and refund sales."),
    "refunds": Entry("appliance.cli.refunds", "Give money back for goods whose sale nobody can name."),
    "products": Entry("appliance.cli.products", "Look products up and define them."),
    "pricelists": Entry("appliance.cli.pricelists", "Load price lists and see which are in force."),
    "stock": Entry("appliance.cli.stock", "See, receive, count and adjust stock."),
    "customers": Entry("appliance.cli.customers", "Add, find, export and erase customers."),
    "orders": Entry("appliance.cli.orders", "Create, find and cancel orders."),
    "registers": Entry("appliance.cli.registers", "Add registers and work their drawers."),
    "reports": Entry("appliance.cli.reports", "See what business days came to."),
    "import": Entry("appliance.cli.imports", "Book files of other systems."),
    "device": Entry("appliance.cli.devices", "Enrol tills and other devices."),
    "operator": Entry("appliance.cli.operators", "Say who works here, and set their PINs."),
    "events": Entry("appliance.cli.events", "Read and follow the event log."),
    "sagas": Entry("appliance.cli.sagas", "See and steer work that takes minutes to days."),
    "dead-letters": Entry("appliance.cli.dead_letters", "See messages that gave up, and decide about them."),
    "idempotency": Entry("appliance.cli.idempotency", "Find out what became of a write."),
    "projections": Entry("appliance.cli.projections", "See and rebuild the views of the log."),
    "sync": Entry("appliance.cli.sync", "See, pause and compare what goes to head office."),
    "verify": Entry("appliance.cli.verify", "Prove that log, views and receipts are whole."),
    "backup": Entry("appliance.cli.backup", "Take, prove and restore copies of the store."),
    "doctor": Entry("appliance.cli.doctor", "Look the machine and the store's files over."),
    "problems": Entry("appliance.cli.problems", "See what is wrong, how long the store can go on, and mend it."),
    "support-bundle": Entry("appliance.cli.support_bundle", "Pack what support needs, without anybody's secrets."),
    "migrate": Entry("appliance.cli.migrate", "Make the store's file fit this program."),
    "dump": Entry("appliance.cli.dump", "Print log, views and receipts in one spelling, to compare stores."),
    "sandbox": Entry(
        "appliance.cli.sandbox", "Providers to try things out with: payment, inventory, shipping, notification."
    ),
    "hq": Entry("appliance.cli.hq", "Head office: provision, watch, send to and compare stores."),
    "config": Entry("appliance.cli.config", "See the settings in force."),
    "openapi": Entry("appliance.cli.openapi", "Print the OpenAPI description of the HTTP interface."),
}


DATA: dict[str, Any] = {
    "type": click.Path(file_okay=False, path_type=Path),
    "metavar": "DIR",
    "help": "Where the store lives (also BACKROOM__DATA_DIR).",
}
CONFIG: dict[str, Any] = {"type": click.Path(path_type=Path), "metavar": "FILE", "help": "A settings file in TOML."}


@click.command(cls=LazyGroup, entries=NOUNS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data", **DATA)
@click.option("--config", **CONFIG)
@click.version_option(__version__, prog_name="backroom")
@click.pass_context
def root(context: click.Context, data: Path | None, config: Path | None) -> None:
    """Backroom: the box in the back room that keeps a store selling.

    A command speaks to the store that runs on the data directory, or opens the directory itself where none runs.
    Data goes to the standard output, talk to the standard error. The exit code is 0 only when it worked. Every verb
    takes --json, and --data and --config as well.
    """
    context.obj = Place(data, config)


def main() -> None:
    """Run one command and exit; whatever goes wrong is one line on the standard error."""
    os.umask(PRIVATE)
    sys.excepthook = _unforeseen
    sys.exit(run())


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command, by default the one this process was started with; answers the exit code."""
    try:
        answer = root.main(arguments, prog_name="backroom", standalone_mode=False)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return tell("interrupted", INTERRUPTED)
    except (Refusal, Failure) as failure:
        return tell(one_line(failure.title, failure.detail, failure.hint))
    except BrokenPipeError:
        # Whoever read our output has left, as `head` does; nothing more can be written, at exit neither.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (OSError, sqlite3.Error) as error:
        return tell(one_line("The machine failed", str(error), "Run `backroom doctor`."))
    return answer if isinstance(answer, int) else 0


def one_line(title: str, detail: str, hint: str) -> str:
    """A failure as people read it."""
    told = f"{title.rstrip('.')}: {detail}".rstrip(": ")
    if told[-1:] not in ".!?":
        told += "."
    return f"{told} {hint}".strip().replace("\n", " ")


def tell(text: str, exit_code: int = FAILED) -> int:
    """Say why it did not work."""
    click.echo(f"error: {text}", err=True)
    return exit_code


def _unforeseen(kind: type[BaseException], error: BaseException, _: object) -> None:
    """A defect of ours, in one line too: a stack trace helps nobody in a store."""
    tell(one_line("Something went wrong inside backroom", f"{kind.__name__}: {error}", "Please report this line."))
