"""`backroom demo`."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from appliance.cli import output
from appliance.cli.verbs import every_verb
from appliance.demo.script import CURRENCY, Ending, Moment, Show, perform

DEFAULT_SECONDS, LEAST_SECONDS, MOST_SECONDS = 60.0, 4.0, 3600.0
BAR_WIDTH = 60
LINE_EVERY_SECONDS = 1.0


@click.command("demo")
@every_verb
@click.option(
    "--seconds",
    type=click.FloatRange(LEAST_SECONDS, MOST_SECONDS),
    default=DEFAULT_SECONDS,
    show_default=True,
    metavar="N",
    help="How long the tills sell.",
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Play in this folder, which must be new, and leave everything there.",
)
def command(as_json: bool, seconds: float, keep: Path | None) -> int:
    """Show it: a head office, a store and its tills; the line between them is cut, and nothing is lost.

    A NATS server and a store are started on this machine, on loopback only. The tills sell; the line to head office is
    cut and they sell on; it is mended, the backlog drains, and then store and head office are compared byte for byte.
    It needs nats-server, beside this program or on the PATH. Exit code 0 says that the proof held.
    """
    with _folder(keep) as folder, _screen(as_json=as_json) as show:
        ending = asyncio.run(perform(folder, seconds, show))
    if as_json:
        output.print_json(ending.as_data())
    else:
        _tell(ending)
    return 1 if ending.problems else 0


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(mode=0o700, parents=True, exist_ok=False)
        yield keep.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="backroom-demo-") as folder:
        yield Path(folder)


@contextmanager
def _screen(*, as_json: bool) -> Iterator[Show]:
    """Where moments are shown: a picture that moves on a terminal, else a line a second."""
    console = Console(highlight=False)
    if as_json or not console.is_terminal:
        yield _Lines(as_json=as_json)
        return
    console.print(Text("a head office, a store, and its tills; watch the backlog", style="bold"))
    with Live(console=console, refresh_per_second=8) as live:
        yield lambda moment: live.update(_picture(moment))


class _Lines:
    """A line a second, and one for every new act."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._act = ""
        self._next = 0.0

    def __call__(self, moment: Moment) -> None:
        if moment.act == self._act and moment.seconds < self._next:
            return
        self._act, self._next = moment.act, moment.seconds + LINE_EVERY_SECONDS
        if self._as_json:
            output.print_json({**asdict(moment), "seconds": round(moment.seconds, 2), "backlog": moment.backlog})
        else:
            click.echo(
                f"{moment.seconds:6.1f} s  {moment.act:<16}  {moment.sales:>6} sales  "
                f"store {moment.position:>7}  head office {moment.at_head_office:>7}  backlog {moment.backlog:>6}"
            )


def _picture(moment: Moment) -> Group:
    style = "green" if moment.line_up else "bold red"
    wire = "=" * 16 if moment.line_up else "=====  X  ======"
    lines = [
        Text(f"{moment.seconds:5.1f} s   {moment.act}", style=style),
        Text.assemble("tills --> store ", (wire, style), f" head office      {moment.sales} sales acknowledged"),
        _bar("store      ", moment.position, moment.position, "cyan"),
        _bar("head office", moment.at_head_office, moment.position, "green"),
        Text(f"backlog     {moment.backlog} event(s)", style="yellow" if moment.backlog else ""),
    ]
    return Group(*lines)


def _bar(name: str, value: int, whole: int, style: str) -> Text:
    filled = round(BAR_WIDTH * value / max(whole, 1))
    return Text.assemble(f"{name} ", ("#" * filled, style), "." * (BAR_WIDTH - filled), f" {value}")


def _tell(ending: Ending) -> None:
    takings = output.money(ending.takings, CURRENCY)
    drained = "not" if ending.drained_in_seconds is None else f"within {ending.drained_in_seconds:g} s"
    click.echo(f"the tills were told of {ending.sales} sales, {takings} {CURRENCY}; {ending.sales_while_cut} while cut")
    click.echo(f"the backlog grew to {ending.largest_backlog} event(s) and was drained {drained} of the line's return")
    at_hq = output.money(ending.takings_at_head_office, CURRENCY)
    click.echo(f"head office counts {ending.sales_at_head_office} sales, {at_hq} {CURRENCY}")
    for problem in ending.problems:
        click.echo(f"otherwise: {problem}")
    click.echo(f"chain hash at position {ending.position}: {ending.hash}")
    click.echo("store and head office are equal: nothing lost, nothing doubled" if not ending.problems else "NOT EQUAL")
