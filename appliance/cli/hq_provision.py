"""`backroom hq provision`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from appliance.cli import output
from appliance.cli.failures import Failure
from appliance.cli.hq_server import at_head_office
from appliance.hq.connection import Server, connected
from appliance.hq.failures import NotAdmitted, ProvisionRefused, ServerUnreachable
from appliance.hq.folder import ID, NKEY, Folder
from appliance.hq.provision import Findings, Provisioner
from appliance.hq.resources import Life, Options

LARGEST_POSITION = 2**53
DOMAIN = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is to be done at the server besides looking."""

    fix: bool
    recreate: bool
    release: bool


@click.command("provision")
@at_head_office(create=True)
@click.argument("stores", nargs=-1, metavar="STORE...")
@click.option(
    "--check", is_flag=True, help="Change nothing; say what is otherwise, and exit with 1 where something is."
)
@click.option("--incarnation", type=click.IntRange(1, 10_000), metavar="N", help="The store's new life (one store).")
@click.option(
    "--base", type=click.IntRange(0, LARGEST_POSITION), metavar="P", help="The position its new life goes on from."
)
@click.option("--recreate", is_flag=True, help="Delete the store's stream and make it anew; the store sends all again.")
@click.option("--release-claim", is_flag=True, help="Let another box publish as this store from now on (one store).")
@click.option("--yes", is_flag=True, help="Really delete, with --recreate.")
@click.option("--public-key", metavar="NKEY", help="The store's public nkey, where its secret was made at the store.")
@click.option("--replicas", type=click.IntRange(1, 5), default=1, show_default=True, help="Copies in a cluster.")
@click.option("--region", metavar="DOMAIN", help="A region's server holds these stores' streams; here they are copied.")
@click.option(
    "--above", metavar="DOMAIN", help="This server is a region's: the JetStream domain of head office above it."
)
@click.option("--files-only", is_flag=True, help="Write the folder and leave the server alone.")
def command(
    folder: Folder,
    server: Server,
    stores: Sequence[str],
    as_json: bool,
    check: bool,
    incarnation: int | None,
    base: int | None,
    recreate: bool,
    release_claim: bool,
    yes: bool,
    public_key: str | None,
    replicas: int,
    region: str | None,
    above: str | None,
    files_only: bool,
) -> int:
    """Make head office ready for stores, or with --check say what is otherwise than it should be.

    Two things come of it. Files in the folder: accounts.conf, which the NATS server includes, and for each new store
    a secret, stores/STORE.seed, to be carried to it. And on the server: a stream a store and life, the buckets, and
    the consumers that stores read by. It can be repeated at any time and changes only what is otherwise. Without
    STORE it looks after all stores of the folder.

    The first time, the server cannot know the accounts yet: the files are written, and a second run does the rest.
    """
    lives = [_life(folder, store, incarnation, base, alone=len(stores) == 1) for store in stores]
    _see_that_it_makes_sense(stores, lives, recreate=recreate, yes=yes, public_key=public_key)
    if release_claim and len(lives) != 1:
        raise ProvisionRefused("--release-claim is about one store.")
    _see_that_they_are_domains(region, above)
    drift = folder.drift()
    if not check:
        for life in lives:
            folder.enrol(life, public_key)
        folder.above = above or folder.above
        if region:
            folder.let_region_hold(region, stores)
        drift = [f"{folder.accounts} was written: let the server read it"] if folder.save() else []
    wanted = lives or [folder.life(store) for store in sorted(folder.stores)]
    found = Findings()
    if not files_only:
        errand = Errand(fix=not check, recreate=recreate, release=release_claim)
        found = _reached(folder, server, wanted, replicas, errand, drift)
    return _tell(folder, drift, found, as_json=as_json, check=check)


def _life(folder: Folder, store: str, incarnation: int | None, base: int | None, *, alone: bool) -> Life:
    """The life that a store is to have. Raises ProvisionRefused."""
    if not ID.fullmatch(store):
        raise ProvisionRefused(f"{store!r} is no store id: it has 1 to 32 small letters, digits and hyphens.")
    known = folder.stores.get(store)
    if incarnation is None and base is None:
        return folder.life(store) if known else Life(store)
    if incarnation is None or base is None or not alone:
        raise ProvisionRefused("A new life is one store's, and needs both --incarnation and --base.")
    if known and incarnation < known.incarnation:
        raise ProvisionRefused(f"{store} is at incarnation {known.incarnation} already; lives only go forward.")
    if known and incarnation == known.incarnation and base != known.base:
        raise ProvisionRefused(f"Incarnation {incarnation} of {store} goes on from {known.base}; that is for ever.")
    return Life(store, incarnation, base)


def _see_that_it_makes_sense(
    stores: Sequence[str], lives: Sequence[Life], *, recreate: bool, yes: bool, public_key: str | None
) -> None:
    if recreate and not (yes and len(lives) == 1):
        raise ProvisionRefused("--recreate deletes what head office has of a store: name one store and add --yes.")
    if public_key is not None and not (NKEY.fullmatch(public_key) and len(stores) == 1):
        raise ProvisionRefused("--public-key is the public nkey (U...) of one store.")


def _see_that_they_are_domains(*domains: str | None) -> None:
    for domain in domains:
        if domain is not None and not DOMAIN.fullmatch(domain):
            raise ProvisionRefused(f"{domain!r} is no JetStream domain: it has 1 to 32 letters, digits, - and _.")


def _reached(
    folder: Folder, server: Server, lives: Sequence[Life], replicas: int, errand: Errand, news: Sequence[str]
) -> Findings:
    """What came of it at the server; where the server is not ready for us, the next step is in the error."""
    try:
        return asyncio.run(_provision(folder, server, lives, replicas, errand))
    except (ServerUnreachable, NotAdmitted) as error:
        if not (errand.fix and news):
            raise
        detail = f"{error.detail} The files in {folder.path} are written."
        hint = f"Let nats-server's configuration include {folder.accounts}, start or reload it, and do the same again."
        raise Failure(error.title, detail, hint) from error


async def _provision(folder: Folder, server: Server, lives: Sequence[Life], replicas: int, errand: Errand) -> Findings:
    async with connected(server) as jetstream:
        options = Options(replicas, jetstream.version, folder.above, tuple(sorted(folder.regions)))
        at_work = Provisioner(jetstream, options, fix=errand.fix, regions=folder.held_elsewhere())
        if errand.recreate and errand.fix:
            await at_work.recreate(lives[0])
        await at_work.shared()
        await at_work.stores(lives)
        if errand.release and errand.fix:
            await at_work.release(lives[0].store)
        return at_work.findings


def _tell(folder: Folder, news: Sequence[str], found: Findings, *, as_json: bool, check: bool) -> int:
    drift = [*(news if check else []), *found.drift]
    told: dict[str, Any] = {
        "stores": sorted(folder.stores),
        "written": [] if check else list(news),
        "made": found.made,
        "changed": found.changed,
        "drift": drift,
        "notes": found.notes,
    }
    if as_json:
        output.print_json(told)
    else:
        for word in ("written", "made", "changed", "drift", "notes"):
            for line in told[word]:
                click.echo(f"{word:<8} {line}")
        output.talk(_summary(told, drift))
    return 1 if drift else 0


def _summary(told: dict[str, Any], drift: Sequence[str]) -> str:
    if drift:
        return f"{len(drift)} thing(s) are otherwise than they should be"
    done = len(told["made"]) + len(told["changed"])
    return f"{len(told['stores'])} store(s) are provisioned; {done or 'nothing'} had to be made or changed"
