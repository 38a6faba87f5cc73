"""`backroom hq compare`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click

from appliance.cli import output
from appliance.cli.failures import Failure, no_store
from appliance.cli.hq_server import at_head_office
from appliance.cli.progress import Bar, bar
from appliance.cli.verbs import place, settings_of
from appliance.eventstore.store import Paths
from appliance.hq.comparison import Comparison, compare
from appliance.hq.connection import Server, connected
from appliance.hq.folder import Folder
from appliance.hq.store_side import DataDirectory, StoreSide, over_http


@click.command("compare")
@at_head_office()
@click.argument("store")
@click.option("--url", metavar="URL", help="The running store's HTTP interface; else its data directory by --data.")
@click.option(
    "--login",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A file with a token of that store, with --url.",
)
@click.option("--until", type=click.IntRange(1), metavar="P", help="Up to this position; by default as far as both go.")
@click.option("--complete", is_flag=True, help="Fail also where head office does not have everything yet.")
def command(
    folder: Folder,
    server: Server,
    as_json: bool,
    store: str,
    url: str | None,
    login: Path | None,
    until: int | None,
    complete: bool,
) -> int:
    """Prove that a store equals head office up to a position; exit code 1 where it does not, or not completely.

    Both logs are read whole and hashed from their first byte on. Shown are where head office's stream begins, how many
    events it holds, what was deleted (nothing may be), the chain hash, and what each business day came to.
    """
    folder.life(store)
    with bar(f"comparing {store}") as shown:
        found = asyncio.run(_compare(server, store, url, login, until, shown))
    if complete and found.behind:
        found.problems.append(f"head office lacks the last {found.behind} event(s)")
    if as_json:
        output.print_json(as_data(found))
    else:
        tell(found)
    return 0 if found.equal else 1


async def _compare(
    server: Server, store: str, url: str | None, login: Path | None, until: int | None, shown: Bar
) -> Comparison:
    async with connected(server) as jetstream, _side(url, login) as side:
        return await compare(jetstream, store, side, until, shown.show)


@asynccontextmanager
async def _side(url: str | None, login: Path | None) -> AsyncIterator[StoreSide]:
    if url is None:
        paths = Paths(settings_of(place()).data_dir)
        if not paths.database.exists():
            raise no_store(paths.data)
        yield DataDirectory(paths.database)
        return
    if login is None:
        raise Failure("A token is needed", "--url was given without --login.", "Write a token into a file and name it.")
    async with over_http(url, login) as side:
        yield side


def as_data(found: Comparison) -> dict[str, Any]:
    """A comparison for programs."""
    return {
        "store": found.store,
        "equal": found.equal,
        "position": found.until,
        "behind": found.behind,
        "hash": found.digest.hex(),
        "first_seq": found.first,
        "count": found.count,
        "deleted": sum(each.held.state.get("num_deleted", 0) for each in found.segments),
        "lives": [
            {
                "incarnation": each.held.life.incarnation,
                "base": each.held.life.base,
                "until": each.until,
                "kept_tail": each.tail if each is not found.segments[-1] else 0,
            }
            for each in found.segments
        ],
        "days": [{"date": date, "sales": sales, "total": total} for date, (sales, total) in sorted(found.days.items())],
        "days_checked": found.own_days is not None,
        "problems": found.problems,
    }


def tell(found: Comparison) -> None:
    """A comparison for people."""
    told = as_data(found)
    days = told.pop("days")
    if days:
        output.print_table(days, {"business day": "date", "sales": "sales", "total": "total"})
    columns = {name: name for name in ("first_seq", "count", "deleted", "hash")}
    output.print_record(told, columns)
    for each in told["lives"]:
        if each["kept_tail"]:
            click.echo(f"incarnation {each['incarnation']}: {each['kept_tail']} event(s) past {each['until']} are kept")
    for problem in found.problems:
        click.echo(f"otherwise: {problem}")
    verdict = "equals head office" if found.equal else "DIFFERS from head office"
    click.echo(f"{found.store} {verdict} up to position {found.until}; {found.behind} event(s) are still to come")
