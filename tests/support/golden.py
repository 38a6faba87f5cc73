"""Golden records: what each released version writes, one record of every type, kept for ever.

`python -m tests.support.golden` adds the types that have none yet to the file of the present version; a record that
stands there is never written anew, since stores out there hold it.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from appliance import __version__
from appliance.eventstore import codec
from tests.support.every_event import EVERY

RECORDS = Path(__file__).parents[1] / "fixtures" / "records"
METADATA = {"command_id": "018f0000-0000-7000-8000-000000000001", "device": "till-1", "operator": "anna"}


def released() -> dict[str, list[bytes]]:
    """Version -> its records."""
    return {path.stem: path.read_bytes().splitlines() for path in sorted(RECORDS.glob("*.jsonl"))}


def kind_of(record: bytes) -> tuple[str, int]:
    """Type and schema version."""
    found = msgspec.json.decode(record)
    return found["type"], found["schema_version"]


def missing() -> Iterator[tuple[str, bytes]]:
    """The types that no version's file holds in their present schema version, with the record they would get."""
    there = {kind_of(record) for records in released().values() for record in records}
    for number, (name, (version, _)) in enumerate(codec.TYPES.items(), 1):
        if (name, version) not in there:
            yield name, _record(name, number)


def _record(name: str, number: int) -> bytes:
    found = codec.encode_event(
        EVERY[name],
        position=number,
        incarnation=1,
        event_id=f"019f0000-0000-7000-8000-{number:012d}",
        stream_id=f"stream-{number}",
        version=1,
        occurred_at="2026-11-22T09:30:00.000000Z",
        recorded_at="2026-11-22T09:30:00.000000Z",
        metadata=codec.encode_metadata(METADATA),
    )
    record: bytes = found[2]
    return record


def main() -> None:
    """Add what is missing."""
    RECORDS.mkdir(exist_ok=True)
    with (RECORDS / f"{__version__}.jsonl").open("ab") as out:
        for _, record in list(missing()):
            out.write(record + b"\n")


if __name__ == "__main__":
    main()
