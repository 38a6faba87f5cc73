"""What head office sends down, checked by the store's own schemas before anything leaves.

Commands go into HQ_COMMANDS under an id of their own; policies and price lists into buckets, for one store or for all.
A price list is put there part by part, and its manifest last, so a store never sees half of one as whole.
"""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Any

from nats.errors import Error as NatsError
from pydantic import ValidationError

from appliance.domain import operating, policies
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import Refusal
from appliance.hq.connection import ANSWER_SECONDS, JetStream
from appliance.hq.failures import InputUnusable, NoAnswer, ServerRefused
from appliance.schemas import hq_commands, hq_pricelists
from appliance.sync import pricelists, subjects

PRICE_COLUMNS = ("product_id", "price", "barcodes")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message, ready to be sent."""

    subject: str
    body: bytes
    message_id: str = ""  # under which the server drops a second one within its window


def command(store: str, body: bytes) -> Outgoing:
    """A command from JSON: the whole of it, or only type and data. Raises InputUnusable.

    The id is taken from the input where it has one: sent again under the same id it is carried out once.
    """
    found = _json(body)
    if not isinstance(found, dict):
        raise InputUnusable("A command is a JSON object with at least type and data.")
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    whole = {"command_id": f"hq-{uuid.uuid4()}", "issued_at": now, "store": store, **found}
    try:
        envelope = hq_commands.Command.model_validate_json(json.dumps(whole))
        model = hq_commands.COMMANDS.get(envelope.type)
        if model is None:
            raise InputUnusable(f"There is no command {envelope.type!r}; there are {', '.join(hq_commands.COMMANDS)}.")
        model.model_validate_json(json.dumps(envelope.data))
    except ValidationError as error:
        raise InputUnusable(in_words(error)) from error
    if envelope.store != store:
        raise InputUnusable(f"The command is for {envelope.store}, and was to be sent to {store}.")
    subject = subjects.command_subject(store, envelope.type)
    encoded = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
    if len(encoded) > hq_commands.MAX_COMMAND_BYTES:
        raise InputUnusable(f"The command has {len(encoded)} bytes; {hq_commands.MAX_COMMAND_BYTES} is the most.")
    return Outgoing(subject, encoded, f"{store}:{envelope.command_id}")


def settings(scope: str, body: bytes, policy: StorePolicy) -> list[Outgoing]:
    """Policies from a JSON object, `{"store.day_roll_hour": 4}`; null takes one back. Raises InputUnusable.

    `policy` is any store's: whether a value makes sense does not depend on it.
    """
    found = _json(body)
    if not isinstance(found, dict) or not found:
        raise InputUnusable("Settings are a JSON object of policies and their values.")
    return [_policy(scope, key, value, policy) for key, value in sorted(found.items())]


def _policy(scope: str, key: str, value: Any, policy: StorePolicy) -> Outgoing:
    if key not in policies.KEYS:
        reason = operating.why_not(key)
        because = f" ({reason})" if reason else ""
        known = ", ".join(policies.KEYS)
        raise InputUnusable(f"{key!r} is no policy that head office may set{because}; there are {known}.")
    subject = subjects.bucket_subject(subjects.SETTINGS_BUCKET, f"{scope}.{key}")
    if value is None:
        return Outgoing(subject, b"")
    try:
        policies.changed(policy, key, value)
    except Refusal as refusal:
        raise InputUnusable(f"{key}: {refusal.detail}") from refusal
    return Outgoing(subject, json.dumps(value).encode())


def price_list(scope: str, version: str, valid_from: str, content: bytes, policy: StorePolicy) -> list[Outgoing]:
    """A price list from CSV with the columns product_id, price and, if wanted, barcodes; manifest last.

    Raises InputUnusable, naming the line.
    """
    parts: list[Outgoing] = []
    digest = sha256()
    for number, rows in enumerate(_parts(_prices(content)), start=1):
        body = _encoded(hq_pricelists.Part, {"version": version, "part": number, "prices": rows})
        digest.update(body)
        parts.append(Outgoing(_catalogue(f"{scope}.prices.{version}.{number}"), body))
    prefix = subjects.bucket_subject(subjects.CATALOGUE_BUCKET, "")
    keys = [part.subject.removeprefix(prefix) for part in parts]
    manifest = {"version": version, "valid_from": valid_from, "keys": keys, "sha256": digest.hexdigest()}
    body = _encoded(hq_pricelists.Manifest, manifest)
    found = hq_pricelists.Manifest.model_validate_json(body)
    try:  # what the stores themselves will check
        pricelists.check(pricelists.Fetched("", body, [part.body for part in parts]), found, policy)
    except Refusal as refusal:
        raise InputUnusable(f"{refusal.at or ''} {refusal.detail}".strip()) from refusal
    return [*parts, Outgoing(_catalogue(f"{scope}.pricelists.{version}"), body)]


def _parts(prices: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while rows := list(islice(prices, hq_pricelists.MAX_PART_PRICES)):
        yield rows


def _prices(content: bytes) -> Iterator[dict[str, Any]]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        columns = set(reader.fieldnames or ())
        if not {"product_id", "price"} <= columns <= set(PRICE_COLUMNS):
            raise InputUnusable(
                f"The first line names the columns: {', '.join(PRICE_COLUMNS)}; the last may be left out."
            )
        yield from _checked(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputUnusable(f"The price list is no CSV in UTF-8: {error}.") from error


def _checked(reader: Iterable[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    products: dict[str, int] = {}
    codes: dict[str, int] = {}
    for line, row in enumerate(reader, start=2):
        barcodes = (row.get("barcodes") or "").split()
        price = {"product_id": row["product_id"], "price": row["price"], "barcodes": barcodes}
        try:
            hq_pricelists.PricedProduct.model_validate(price)
        except ValidationError as error:
            raise InputUnusable(f"Line {line}: {in_words(error)}") from error
        for what, known in ((row["product_id"], products), *((code, codes) for code in barcodes)):
            if what in known:
                raise InputUnusable(f"Line {line}: {what} stands in line {known[what]} already.")
            known[what] = line
        yield price


async def send(jetstream: JetStream, outgoing: Iterable[Outgoing]) -> list[int]:
    """Send in order, each acknowledged before the next; the sequences. Raises NoAnswer or ServerRefused."""
    return [await _send(jetstream, each) for each in outgoing]


async def _send(jetstream: JetStream, message: Outgoing) -> int:
    headers = {"Nats-Msg-Id": message.message_id} if message.message_id else {}
    if not message.body:
        headers["KV-Operation"] = "DEL"
    try:
        answer = await jetstream.client.request(
            message.subject, message.body, timeout=ANSWER_SECONDS, headers=headers or None
        )
    except (NatsError, TimeoutError) as error:
        raise NoAnswer(f"{message.subject}: {str(error) or 'no answer'}.") from error
    said = json.loads(answer.data)
    if "error" in said:
        raise ServerRefused(f"{message.subject}: {said['error'].get('description')}.")
    return int(said["seq"])


def _catalogue(key: str) -> str:
    return subjects.bucket_subject(subjects.CATALOGUE_BUCKET, key)


def _encoded(model: type[hq_pricelists.Part | hq_pricelists.Manifest], value: Mapping[str, Any]) -> bytes:
    encoded = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        model.model_validate_json(encoded)
    except ValidationError as error:
        raise InputUnusable(in_words(error)) from error
    return encoded


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise InputUnusable(f"It is no JSON: {error}.") from error


def in_words(error: ValidationError) -> str:
    """What a schema found, in one line."""
    told = error.errors(include_url=False, include_input=False, include_context=False)[:3]
    return "; ".join(f"/{'/'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in told)
