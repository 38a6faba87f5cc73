"""The contract for other languages is what the code says, and real records keep to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from appliance.eventstore.codec import TYPES
from appliance.hq.contract import (
    ASYNCAPI_FILE,
    COMMANDS_FILE,
    EVENTS_FILE,
    asyncapi,
    commands_schema,
    events_schema,
    main,
)
from appliance.hq.resources import Life
from appliance.schemas.hq_commands import COMMANDS
from tests.support.commanding import command, received
from tests.support.every_event import EVERY
from tests.support.upstream import Lifeline

REPOSITORY = Path(__file__).parents[3]
GOLDEN = (REPOSITORY / "tests/fixtures/records-v1.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = events_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def written() -> list[Any]:
    line = Lifeline(Life("store-a"))
    line.record(*EVERY.values())
    return [json.loads(record) for record, _, _ in line.sent]


@pytest.mark.parametrize("record", written(), ids=lambda record: record["type"])
def test_every_event_as_it_is_written_keeps_to_the_schema(validator: Draft202012Validator, record: Any) -> None:
    assert list(validator.iter_errors(record)) == []


@pytest.mark.parametrize("record", GOLDEN, ids=lambda record: json.loads(record)["type"])
def test_every_record_of_the_first_version_keeps_to_the_schema(validator: Draft202012Validator, record: str) -> None:
    assert list(validator.iter_errors(json.loads(record))) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda record: record | {"position": 0},
        lambda record: record | {"occurred_at": "yesterday"},
        lambda record: {key: value for key, value in record.items() if key != "incarnation"},
        lambda record: record | {"data": record["data"] | {"total": "4.58"}},
        lambda record: record | {"data": {key: value for key, value in record["data"].items() if key != "lines"}},
    ],
)
def test_a_spoilt_record_does_not(validator: Draft202012Validator, spoil: Any) -> None:
    sale = next(record for record in written() if record["type"] == "sale.completed")

    assert not validator.is_valid(spoil(sale))


def test_a_type_of_a_newer_store_is_let_pass(validator: Draft202012Validator) -> None:
    assert validator.is_valid(written()[0] | {"type": "drone.landed", "data": {"pad": 3}})


def test_every_type_has_a_message_and_every_reference_leads_somewhere() -> None:
    document, schemas = asyncapi(), {EVENTS_FILE: events_schema(), COMMANDS_FILE: commands_schema()}

    named = {message["name"] for message in document["components"]["messages"].values()}
    assert named == {*TYPES, "command", "manifest", "part"}
    for reference in references(document):
        file, _, pointer = reference.partition("#")
        found: Any = schemas[file] if file else document
        for part in filter(None, pointer.split("/")):
            found = found[part]
        assert found


def test_commands_keep_to_their_schema() -> None:
    Draft202012Validator.check_schema(commands_schema())
    checked = Draft202012Validator(commands_schema())
    sent = json.loads(command("c-1"))

    assert checked.is_valid(sent)
    assert checked.is_valid(json.loads(received("c-2")))
    assert not checked.is_valid(sent | {"type": "store.reboot"})
    assert not checked.is_valid(sent | {"data": {"recall_id": "r"}})
    assert not checked.is_valid({key: value for key, value in sent.items() if key != "command_id"})


def test_every_command_has_a_schema_of_its_data() -> None:
    named = {each["if"]["properties"]["type"]["const"] for each in commands_schema()["allOf"]}

    assert named == set(COMMANDS)


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from [value["$ref"]] if "$ref" in value else []
        for each in value.values():
            yield from references(each)
    if isinstance(value, list):
        for each in value:
            yield from references(each)


def test_what_is_committed_is_what_the_code_says() -> None:
    assert main(["--check", str(REPOSITORY / "docs/contract")]) == 0


def test_a_stale_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--write", str(tmp_path)])
    (tmp_path / ASYNCAPI_FILE).write_text("{}")

    assert main(["--check", str(tmp_path)]) == 1
    assert ASYNCAPI_FILE in capsys.readouterr().err
