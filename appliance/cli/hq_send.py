"""`backroom hq send`: commands, policies and price lists, from files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import click

from appliance.cli import output
from appliance.cli.failures import bad_input
from appliance.cli.hq_server import at_head_office
from appliance.cli.verbs import Verb, place, settings_of
from appliance.hq import sending
from appliance.hq.connection import Server, connected
from appliance.hq.folder import Folder
from appliance.hq.sending import Outgoing
from appliance.sync.subjects import COMMON

_INPUT = click.File("rb")


@click.group("send")
def command() -> None:
    """Send commands, policies and price lists to stores; checked before anything leaves."""


def _addressed(function: Verb) -> Verb:
    """For one store, or for all of them."""
    function = click.option("--all", "everybody", is_flag=True, help="For all stores.")(function)
    return click.option("--store", metavar="STORE", help="For this store.")(function)


@command.command("command")
@at_head_office()
@click.argument("store")
@click.argument("file", type=_INPUT)
def send_command(folder: Folder, server: Server, as_json: bool, store: str, file: Any) -> None:
    """Send a command from a JSON file (or - for the standard input) with at least its type and data.

    Give it a command_id to be able to send it again: under the same id a store carries it out once. What became of it
    is an event of the store, hq.command_applied or hq.command_refused.
    """
    folder.life(store)
    outgoing = [sending.command(store, file.read())]
    _send(server, outgoing, as_json=as_json, told=f"command sent to {store}; the store answers with an event")


@command.command("settings")
@at_head_office()
@click.argument("file", type=_INPUT)
@_addressed
def send_settings(folder: Folder, server: Server, as_json: bool, file: Any, store: str | None, everybody: bool) -> None:
    """Set policies from a JSON file, such as {"store.day_roll_hour": 4}; null takes one back.

    What is set for one store stands over what is set for all.
    """
    scope = _scope(folder, store, everybody=everybody)
    outgoing = sending.settings(scope, file.read(), settings_of(place()).policy())
    _send(server, outgoing, as_json=as_json, told=f"{len(outgoing)} policy/policies set for {_named(scope)}")


@command.command("prices")
@at_head_office()
@click.argument("file", type=_INPUT)
@click.option("--version", required=True, metavar="V", help="The list's name; each list needs a new one.")
@click.option("--valid-from", required=True, metavar="TIME", help="RFC 3339 with an offset; may lie ahead.")
@_addressed
def send_prices(
    folder: Folder,
    server: Server,
    as_json: bool,
    file: Any,
    version: str,
    valid_from: str,
    store: str | None,
    everybody: bool,
) -> None:
    """Send a price list from a CSV file with the columns product_id, price and, if wanted, barcodes.

    Several barcodes of one product are separated by spaces. A store puts the list in force as a whole or not at all.
    """
    scope = _scope(folder, store, everybody=everybody)
    outgoing = sending.price_list(scope, version, valid_from, file.read(), settings_of(place()).policy())
    _send(server, outgoing, as_json=as_json, told=f"price list {version} sent to {_named(scope)}")


def _scope(folder: Folder, store: str | None, *, everybody: bool) -> str:
    if (store is None) is not everybody:
        raise bad_input("Name one store with --store, or say --all.")
    return COMMON if store is None else folder.life(store).store


def _named(scope: str) -> str:
    return "all stores" if scope == COMMON else scope


def _send(server: Server, outgoing: Sequence[Outgoing], *, as_json: bool, told: str) -> None:
    async def send() -> list[int]:
        async with connected(server) as jetstream:
            return await sending.send(jetstream, outgoing)

    sequences = asyncio.run(send())
    if as_json:
        sent = zip(outgoing, sequences, strict=True)
        output.print_json({"sent": [{"subject": each.subject, "sequence": sequence} for each, sequence in sent]})
    else:
        output.talk(told)
