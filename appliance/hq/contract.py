"""The contract for other languages, made from the code: JSON Schema of all events and commands, and AsyncAPI 3.

`python -m appliance.hq.contract --write docs/contract` writes them, `--check docs/contract` compares.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from appliance import __version__
from appliance.eventstore import codec
from appliance.eventstore.chain import MAX_RECORD_BYTES
from appliance.schemas import hq_commands, hq_pricelists
from appliance.sync import subjects

Document = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
STORE_ID = {"type": "string", "pattern": "^[a-z0-9-]{1,32}$"}
TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$"}
HASH = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
WHOLE = {"type": "string", "pattern": "^[1-9][0-9]*$"}
EVENTS_FILE, COMMANDS_FILE, ASYNCAPI_FILE = "events.schema.json", "commands.schema.json", "asyncapi.json"


def events_schema() -> Document:
    """The record of any event: the envelope, and for each known type and version what its data is."""
    classes = [cls for _, cls in codec.TYPES.values()]
    _, definitions = msgspec.json.schema_components(classes, ref_template="#/$defs/{name}")
    known = [_of_type(name, version, cls.__name__) for name, (version, cls) in codec.TYPES.items()]
    return {
        "$schema": DRAFT,
        "$id": EVENTS_FILE,
        "title": "Record",
        "description": (
            f"One event of a store's log: at most {MAX_RECORD_BYTES} bytes of UTF-8 JSON, hashed as it stands. Types"
            " and fields are added, never changed: pass over a type or field that you do not know, but hash it."
        ),
        **_envelope(),
        "allOf": known,
        "$defs": dict(sorted(definitions.items())),
    }


def _envelope() -> Document:
    whole = {"type": "integer", "minimum": 1}
    properties: Document = {
        "position": {
            **whole,
            "description": "1, 2, 3, ... without gaps: the total order; equals the stream's sequence.",
        },
        "incarnation": {**whole, "description": "The unbroken life of the log that it belongs to."},
        "event_id": {"type": "string", "description": "UUIDv7."},
        "stream_id": {"type": "string", "minLength": 1},
        "version": {**whole, "description": "1, 2, 3, ... without gaps within stream_id."},
        "type": {"type": "string", "pattern": r"^[a-z_]+\.[a-z_]+$"},
        "schema_version": whole,
        "occurred_at": TIME,
        "recorded_at": TIME,
        "metadata": {"type": "object", "additionalProperties": True},
        "data": {"type": "object"},
    }
    return {"type": "object", "properties": properties, "required": list(properties)}


def _of_type(name: str, version: int, definition: str) -> Document:
    this = {"type": {"const": name}, "schema_version": {"const": version}}
    return {
        "if": {"properties": this, "required": list(this)},
        "then": {"properties": {"data": {"$ref": f"#/$defs/{definition}"}}},
    }


def commands_schema() -> Document:
    """The command of any type: the envelope, for each type what its data is; and price lists' manifest and parts."""
    models: list[type[BaseModel]] = [*hq_commands.COMMANDS.values(), hq_pricelists.Manifest, hq_pricelists.Part]
    _, schemas = models_json_schema([(model, "validation") for model in models], ref_template="#/$defs/{model}")
    envelope = hq_commands.Command.model_json_schema()
    known = [
        {
            "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
            "then": {"properties": {"data": {"$ref": f"#/$defs/{model.__name__}"}}},
        }
        for name, model in hq_commands.COMMANDS.items()
    ]
    envelope["properties"]["type"] = {"enum": list(hq_commands.COMMANDS)}
    own = {"$schema": DRAFT, "$id": COMMANDS_FILE, "title": "Command"}
    return {**envelope, **own, "allOf": known, "$defs": dict(sorted(schemas["$defs"].items()))}


def asyncapi() -> Document:
    """Where what is sent, by whom, with which headers."""
    messages = {name: _message(name, cls) for name, (_, cls) in codec.TYPES.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Backroom: stores and head office",
            "version": __version__,
            "license": {"name": "Apache-2.0"},
            "description": (
                "A store publishes its whole event log, in order and exactly once, into one JetStream stream a life:"
                f" {subjects.event_stream('<store>', 1).replace('_1', '_<incarnation>')}, whose sequence equals the"
                " position. Each record is chained to the one before it: hash(n) = SHA-256(hash(n - 1) || record(n))."
            ),
        },
        "defaultContentType": "application/json",
        "servers": {"headOffice": {"host": "nats.example.com:4222", "protocol": "nats"}},
        "channels": {
            "events": {
                "address": subjects.event_subject("{store}", "{type}"),
                "description": "Published with Nats-Expected-Last-Sequence = position - 1.",
                "parameters": {
                    "store": {"description": "The store's id: [a-z0-9-]{1,32}."},
                    "type": {"description": "The event's type.", "enum": list(codec.TYPES)},
                },
                "messages": {_key(name): {"$ref": f"#/components/messages/{_key(name)}"} for name in messages},
            },
            "commands": {
                "address": subjects.command_subject("{store}", "{type}"),
                "description": (
                    f"Kept in {subjects.COMMANDS_STREAM}. A store carries each command_id out once, in order, and"
                    " records hq.command_applied or hq.command_refused."
                ),
                "parameters": {
                    "store": {"description": "Whom it is for."},
                    "type": {"description": "The command's type.", "enum": list(hq_commands.COMMANDS)},
                },
                "messages": {"command": {"$ref": "#/components/messages/command"}},
            },
            "priceLists": _bucket(
                f"{subjects.CATALOGUE_BUCKET}", "pricelists.{version}", "manifest", "Put there after all of its parts."
            ),
            "priceListParts": _bucket(
                f"{subjects.CATALOGUE_BUCKET}", "prices.{version}.{part}", "part", "The keys that a manifest names."
            ),
        },
        "operations": {
            "receiveEvents": {
                "action": "receive",
                "channel": {"$ref": "#/channels/events"},
                "summary": "Head office, and whoever reports on its stores, reads what stores recorded.",
            },
            **{
                f"send{name[0].upper()}{name[1:]}": {"action": "send", "channel": {"$ref": f"#/channels/{name}"}}
                for name in ("commands", "priceLists", "priceListParts")
            },
        },
        "components": {
            "messages": {
                **{_key(name): message for name, message in messages.items()},
                "command": {"name": "command", "payload": {"$ref": COMMANDS_FILE}},
                "manifest": {"name": "manifest", "payload": {"$ref": f"{COMMANDS_FILE}#/$defs/Manifest"}},
                "part": {"name": "part", "payload": {"$ref": f"{COMMANDS_FILE}#/$defs/Part"}},
            },
            "messageTraits": {"event": {"headers": _headers()}},
        },
    }


def _bucket(bucket: str, key: str, message: str, description: str) -> Document:
    """A channel of keys for all stores, or for one."""
    parameters: Document = {name: {} for name in re.findall(r"\{(\w+)\}", key)}
    return {
        "address": subjects.bucket_subject(bucket, f"{{scope}}.{key}"),
        "description": description,
        "parameters": {"scope": {"description": "`common` for all stores, or a store's id."}, **parameters},
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
    }


def _message(name: str, cls: type) -> Document:
    summary = (
        (cls.__doc__ or "").strip().splitlines()[0] if cls.__doc__ and not cls.__doc__.startswith(cls.__name__) else ""
    )
    payload = {
        "allOf": [
            {"$ref": EVENTS_FILE},
            {"properties": {"type": {"const": name}, "data": {"$ref": f"{EVENTS_FILE}#/$defs/{cls.__name__}"}}},
        ]
    }
    told: Document = {"name": name, "traits": [{"$ref": "#/components/messageTraits/event"}], "payload": payload}
    return {**told, "summary": summary} if summary else told


def _headers() -> Document:
    properties: Document = {
        "ce-specversion": {"const": "1.0"},
        "ce-id": {"type": "string", "description": "The record's event_id."},
        "ce-source": {"type": "string", "pattern": "^/stores/[a-z0-9-]{1,32}$"},
        "ce-type": {"type": "string", "description": "The record's type."},
        "ce-time": TIME,
        "ce-subject": {"type": "string", "description": "The record's stream_id."},
        subjects.CE_POSITION: WHOLE,
        subjects.CE_CHAIN_HASH: {**HASH, "description": "SHA-256 over the hash before (32 bytes) and the body, hex."},
        subjects.CE_INCARNATION: WHOLE,
        "traceparent": {"type": "string"},
        "content-type": {"const": "application/json"},
        subjects.EXPECTED_LAST_SEQUENCE: {"type": "string", "pattern": "^[0-9]+$"},
    }
    needed = [subjects.CE_POSITION, subjects.CE_CHAIN_HASH, subjects.CE_INCARNATION]
    return {"type": "object", "properties": properties, "required": ["ce-specversion", "ce-id", "ce-type", *needed]}


def _key(name: str) -> str:
    """A type as a key of the document: sale.completed -> saleCompleted."""
    head, *tail = name.replace("_", ".").split(".")
    return head + "".join(each.capitalize() for each in tail)


def documents() -> Mapping[str, str]:
    """File name -> its whole text."""
    made = {EVENTS_FILE: events_schema(), COMMANDS_FILE: commands_schema(), ASYNCAPI_FILE: asyncapi()}
    return {name: json.dumps(document, ensure_ascii=False, indent=2) + "\n" for name, document in made.items()}


def main(arguments: Sequence[str]) -> int:
    """Write or check the folder; answers the exit code."""
    match arguments:
        case ["--write", folder]:
            Path(folder).mkdir(parents=True, exist_ok=True)
            for name, text in documents().items():
                (Path(folder) / name).write_text(text, encoding="utf-8")
        case ["--check", folder]:
            stale = [name for name, text in documents().items() if _read(Path(folder) / name) != text]
            if stale:
                sys.stderr.write(
                    f"{', '.join(stale)} is not what the code says. Write it:"
                    f" python -m appliance.hq.contract --write {folder}\n"
                )
                return 1
        case _:
            sys.stderr.write("usage: python -m appliance.hq.contract --check FOLDER | --write FOLDER\n")
            return 2
    return 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
