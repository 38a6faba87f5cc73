"""`backroom verify`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from appliance.cli import output
from appliance.cli.connection import answers, connected
from appliance.cli.failures import Failure, no_store
from appliance.cli.progress import Bar, bar
from appliance.cli.verbs import every_verb, place, settings_of
from appliance.config import Settings
from appliance.eventstore.store import Paths
from appliance.eventstore.vault import Vault
from appliance.projections.base import Opener
from appliance.verification import verify_at_rest

LOOK_SECONDS = 0.2
Problems = Sequence[Mapping[str, Any]]


@click.command("verify")
@every_verb
@click.option("--offline", is_flag=True, help="Read the files by ourselves, even beside a running store.")
def command(as_json: bool, offline: bool) -> int:
    """Prove that the store is whole; exit code 1 where it is not, with the first bad position.

    Checked are the hash chain, that positions and stream versions have no gaps, every view against a fresh fold of the
    log, the receipts, and the head file. A running store does it itself, while it sells; without one the files are
    read as they lie, and nothing is changed.
    """
    settings = settings_of(place())
    paths = Paths(settings.data_dir)
    if not paths.database.exists():
        raise no_store(paths.data)
    running = answers(paths.socket) and not offline
    with bar("verifying") as shown:
        problems = asyncio.run(_asked(settings, shown)) if running else _at_rest(paths, shown)
    _tell(problems, as_json=as_json)
    return 1 if problems else 0


async def _asked(settings: Settings, shown: Bar) -> Problems:
    async with connected(settings, must_run=True) as api:
        state = (await api.write("POST", "/verify")).json()
        while state["status"] == "running":
            shown.show(state["checked"] / max(state["total"], 1))
            await asyncio.sleep(LOOK_SECONDS)
            state = (await api.get("/verify")).json()
    if state["status"] == "failed":
        raise Failure("The verification broke off", str(state.get("detail", "")), "See the store's journal.")
    problems: Problems = state["problems"]
    return problems


def _at_rest(paths: Paths, shown: Bar) -> Problems:
    with _opener(paths) as opener:
        return verify_at_rest(paths, opener, shown.show)


@contextlib.contextmanager
def _opener(paths: Paths) -> Iterator[Opener]:
    """Opens personal data with the store's keys; no file is made where they are gone."""
    if not paths.keys.exists():
        yield lambda _: None
        return
    with contextlib.closing(Vault(paths.keys)) as vault:
        yield vault.open


def _tell(problems: Problems, *, as_json: bool) -> None:
    first = min((each["position"] for each in problems if each.get("position") is not None), default=None)
    if as_json:
        output.print_json(
            {"status": "damaged" if problems else "clean", "first_bad_position": first, "problems": problems}
        )
        return
    if not problems:
        click.echo("clean: log, views, receipts and head file are whole")
        return
    output.print_table(problems, output.fields("kind", "position", "detail"))
    where = "" if first is None else f"; the first bad position is {first}"
    output.talk(f"damaged: {len(problems)} problem(s){where}. See docs/how-to/verify-and-repair.md.")
