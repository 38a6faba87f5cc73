"""A group of commands that loads a command's module when the command is used, and not to list it."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import click


class Entry(NamedTuple):
    """Where a command is found, and what the list says about it."""

    module: str
    help: str


class LazyGroup(click.Group):
    """Commands by name from a table; each module holds its command under the name `command`."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """The names, in the order of the table."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's
        """The command, its module loaded now."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        # Loading makes objects by the hundred thousand and no garbage: looking for some is a tenth of its time.
        gc.disable()
        try:
            command: click.Command = importlib.import_module(entry.module).command
        finally:
            gc.freeze()
            gc.enable()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's
        """The list, without loading anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self.entries.items()])
