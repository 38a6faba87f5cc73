"""`backroom tui`."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from appliance.cli.options import every_verb, place
from appliance.places import data_dir

# A program of its own that knows nothing of the store; loaded when it is wanted, and into this process, since a
# second interpreter would take as long to start again.
CONSOLE = "tui.__main__"


@click.command("tui")
@every_verb
@click.option("--url", help="Where a store listens, such as https://store-1:8443; left out: it is found.")
@click.option("--token-file", type=click.Path(path_type=Path), metavar="FILE", help="Holds the token of this device.")
@click.option("--certificate", type=click.Path(path_type=Path), metavar="FILE", help="What vouches for its TLS.")
@click.option("--register", metavar="ID", help="The till this console stands for.")
@click.option("--lang", metavar="LOCALE", help="Language and formats, such as zh_CN; left out: the terminal's.")
@click.option("--theme", metavar="NAME", help="Such as high-contrast, textual-light, ansi-dark.")
@click.option("--low-bandwidth", is_flag=True, help="Fewer repaints and no animation.")
@click.option("--keys", type=click.Path(path_type=Path), metavar="FILE", help="Other keys, as TOML by binding.")
@click.option("--lock-after", type=float, metavar="SECONDS", help="When nobody uses it.")
def command(as_json: bool, low_bandwidth: bool, **options: str | Path | float | None) -> int:  # noqa: ARG001  every verb's
    """Open the console on this terminal, on the store of this machine or the one that the network tells of.

    What it does, every other command does as well, with --json for programs.
    """
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items() if value is not None]
    if low_bandwidth:
        words.append("--low-bandwidth")
    if options["url"] is None:
        words.append(f"--data={place().data or data_dir(place().config)}")
    return int(importlib.import_module(CONSOLE).polite(words))
