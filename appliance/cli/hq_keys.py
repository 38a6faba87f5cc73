"""`backroom hq keys`: head office's own key, and what it opens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from appliance.cli import output
from appliance.cli.failures import bad_input
from appliance.cli.hq_server import at_head_office
from appliance.cli.verbs import every_verb
from appliance.domain.events import Sealed
from appliance.eventstore.escrow import make_pair, read_private
from appliance.hq.connection import Server, connected
from appliance.hq.folder import Folder
from appliance.hq.handing_over import hand_over
from appliance.hq.keys import KeyReader

PRIVATE, PUBLIC = "keys-private.pem", "keys-public.pem"


@click.group("keys")
def command() -> None:
    """Make head office's key for copies of keys, and open sealed personal data with it."""


@command.command("make")
@every_verb
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("hq"),
    show_default=True,
    envvar="BACKROOM_HQ_FOLDER",
    metavar="DIR",
    help="Where the two files go (also BACKROOM_HQ_FOLDER).",
)
def make(as_json: bool, folder: Path) -> None:
    """Make a pair: stores get the public key (sync.keys_for), the private one stays here and is kept safe.

    Without the private key the copies of keys at head office cannot be opened by anybody. One that is there is never
    replaced.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    private, public = folder / PRIVATE, folder / PUBLIC
    try:
        make_pair(private, public)
    except FileExistsError:
        raise bad_input(f"{private} is there already; a key is never replaced.") from None
    if as_json:
        output.print_json({"private": str(private), "public": str(public)})
    else:
        output.talk(f"{public} is for the stores (sync.keys_for); {private} stays here and belongs into a safe")


@command.command("open")
@at_head_office()
@click.argument("store")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--private",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=f"The private key; by default {PRIVATE} of the folder.",
)
def open_record(folder: Folder, server: Server, as_json: bool, store: str, file: Any, private: Path | None) -> None:
    """Open the sealed personal data in a record (JSON; - for the standard input); data of the erased is gone."""
    owner = read_private(private or folder.path / PRIVATE)
    try:
        found = list(_sealed(msgspec.json.decode(file.read())))
    except msgspec.DecodeError as error:
        raise bad_input(f"It is no JSON: {error}.") from error

    async def opened() -> list[dict[str, Any]]:
        async with connected(server) as jetstream:
            reader = KeyReader(jetstream, owner)
            return [{"subject": each.subject, "fields": await reader.open(store, each)} for each in found]

    answers = asyncio.run(opened())
    if as_json:
        output.print_json({"opened": answers})
        return
    for each in answers:
        fields = each["fields"] or {"erased": "its key is gone"}
        output.print_record({"subject": each["subject"], **fields}, output.fields("subject", *fields))


@command.command("hand-over")
@at_head_office()
@click.argument("store")
@click.option("--box", metavar="FINGERPRINT", help="The new box's, as `backroom problems list` says it in the store.")
@click.option(
    "--private",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=f"The private key; by default {PRIVATE} of the folder.",
)
def hand_over_keys(
    folder: Folder, server: Server, as_json: bool, store: str, box: str | None, private: Path | None
) -> None:
    """Give a store's new box the keys of personal data that its former box kept here, wrapped for it alone.

    Without --box, or where another box asks, nothing is handed over and the fingerprint of the one that asks is told.
    """
    owner = read_private(private or folder.path / PRIVATE)

    async def handed() -> int:
        async with connected(server) as jetstream:
            return await hand_over(jetstream, KeyReader(jetstream, owner), store, box)

    count = asyncio.run(handed())
    if as_json:
        output.print_json({"store": store, "box": box, "keys": count})
    else:
        output.talk(f"{count} key(s) of {store} lie ready for its new box, which takes them by itself")


def _sealed(value: Any) -> Iterator[Sealed]:
    """All that is sealed in a value, wherever it stands."""
    if isinstance(value, dict):
        if set(value) == {"subject", "key_id", "nonce", "ciphertext"}:
            yield Sealed(**value)
            return
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _sealed(each)
