"""What every verb has: its way to the store, `--json`, and for a write an idempotency key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import quote

import click
import httpx

from appliance.cli import output
from appliance.cli.connection import Api, Query, connected
from appliance.cli.options import Verb, every_verb, place
from appliance.cli.output import Columns
from appliance.cli.root import Place
from appliance.config import Settings, load

__all__ = ["Cli", "alone", "chosen", "every_verb", "page_options", "part", "place", "settings_of", "verb"]

T = TypeVar("T")


class Cli:
    """One verb at work: plain calls over a connection that stays open until the verb is done."""

    def __init__(self, api: Api, runner: asyncio.Runner, settings: Settings, *, as_json: bool, key: str | None) -> None:
        self.api = api
        self.settings = settings
        self.as_json = as_json
        self._runner = runner
        self._key = key

    def wait(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run something that takes its time."""

        async def awaited() -> T:
            return await work()

        return self._runner.run(awaited())

    def get(self, path: str, query: Query | None = None) -> httpx.Response:
        """Read."""
        return self.wait(lambda: self.api.get(path, query))

    def write(self, method: str, path: str, body: Any = None, etag: str | None = None) -> httpx.Response:
        """Change, under the key that was given on the command line if one was."""
        return self.wait(lambda: self.api.write(method, path, body, key=self._key, etag=etag))

    # --- showing ------------------------------------------------------------------------------------------------

    def show(self, answer: httpx.Response, columns: Columns | None = None) -> None:
        """One thing as the store answered it: JSON where asked for, else a record."""
        if self.as_json:
            click.echo(answer.content.decode())
        elif columns is not None:
            output.print_record(answer.json(), columns)

    def show_list(self, answer: httpx.Response, columns: Columns, empty: str = "nothing yet") -> None:
        """A list as the store answered it: JSON where asked for, else a table and how to go on."""
        if self.as_json:
            click.echo(answer.content.decode())
            return
        found = answer.json()
        if not found["items"]:
            output.talk(empty)
            return
        output.print_table(found["items"], columns)
        if found.get("next_cursor"):
            output.talk(f"there is more: --cursor {found['next_cursor']}")

    def show_lines(self, answer: httpx.Response, columns: Columns) -> None:
        """What a write did, line by line."""
        if self.as_json:
            click.echo(answer.content.decode())
        else:
            output.print_table(answer.json()["lines"], columns)

    def say(self, text: str) -> None:
        """Say what was done, unless a program reads along."""
        if not self.as_json:
            output.talk(text)

    def money(self, minor_units: int) -> str:
        """An amount in the store's currency."""
        return output.money(minor_units, self.settings.store.currency)

    def amount(self, field: str) -> output.Cell:
        """A column of amounts in the store's currency."""
        return output.amount_in(self.settings.store.currency, field)


def settings_of(place: Place) -> Settings:
    """The settings in force. Raises SettingsInvalid."""
    return load(place.config, data_dir=place.data)


def verb(
    group: click.Group,
    name: str | None = None,
    *,
    writes: bool = False,
    creates: bool = False,
    must_run: bool = False,
) -> Callable[[Verb], click.Command]:
    """Make a function a verb of a noun; its first argument is the `Cli`."""

    def decorate(function: Verb) -> click.Command:
        return group.command(name)(_reaching(function, writes=writes, creates=creates, must_run=must_run))

    return decorate


def alone(name: str, *, creates: bool = False) -> Callable[[Verb], click.Command]:
    """Make a function a verb without a noun."""

    def decorate(function: Verb) -> click.Command:
        return click.command(name)(_reaching(function, writes=False, creates=creates, must_run=False))

    return decorate


def _reaching(function: Verb, *, writes: bool, creates: bool, must_run: bool) -> Verb:
    """The function as click calls it: with a connection to the store around it."""

    @wraps(function)
    def run(as_json: bool, key: str | None = None, **arguments: Any) -> Any:
        with _at_work(as_json=as_json, key=key, creates=creates, must_run=must_run) as cli:
            return function(cli, **arguments)

    command = every_verb(run)
    return _KEY(command) if writes else command


_KEY = click.option(
    "--key", metavar="KEY", help="The idempotency key: a repeated command with the same key is not done twice."
)


def page_options(command: Verb) -> Verb:
    """How much of a list, and from where."""
    command = click.option("--cursor", metavar="CURSOR", help="Go on where the list before ended.")(command)
    return click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="How many.")(
        command
    )


@contextmanager
def _at_work(*, as_json: bool, key: str | None, creates: bool, must_run: bool) -> Iterator[Cli]:
    settings = settings_of(place())
    with asyncio.Runner() as runner:
        connection = connected(settings, creates=creates, must_run=must_run)
        api = runner.run(connection.__aenter__())
        try:
            yield Cli(api, runner, settings, as_json=as_json, key=key)
        finally:
            runner.run(connection.__aexit__(None, None, None))


def part(text: str) -> str:
    """Text as one part of an address, whatever is in it."""
    return quote(text, safe="")


def chosen(**given: Any) -> Mapping[str, Any]:
    """The options that were given, as the body of a request."""
    return {name: value for name, value in given.items() if value is not None}
