"""What goes over the wire, as plain documents: the same for JSON and for protobuf.

An answer names the key it answers. A connection that has lost count, or a provider that answers twice, is found out
by that, and never taken for the answer to another call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

import msgspec

from appliance.application.outside import (
    Answer,
    Availability,
    Charged,
    Done,
    Found,
    OutcomeUnknown,
    Refunded,
    Reserved,
    Shipped,
    Wanted,
)

Document = Mapping[str, Any]
T = TypeVar("T")

LONGEST_TEXT = 500  # ids and codes of providers end up in events; a record has 256 KiB for all of it
MOST = (1 << 63) - 1

ANSWERS: Mapping[str, type[Answer]] = {
    "reserved": Reserved,
    "charged": Charged,
    "refunded": Refunded,
    "shipped": Shipped,
    "done": Done,
}


class _Status(msgspec.Struct):
    state: str
    detail: str = ""


def wanted(items: Sequence[Wanted]) -> list[dict[str, str]]:
    """Items as a request carries them."""
    return [asdict(each) for each in items]


def read(document: Document, key: str, kind: type[T]) -> T:
    """The answer to this key, every field of its type. Raises OutcomeUnknown for anything else."""
    if document.get("key") != key:
        raise OutcomeUnknown("wrong-answer", "The provider answered another call than the one that was made.")
    try:
        answer = msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise OutcomeUnknown("garbage", f"The provider's answer cannot be understood: {error}.") from error
    _check_values(document)
    if empty := [name for name, value in document.items() if name.endswith("_id") and not value]:
        raise OutcomeUnknown("garbage", f"The provider's answer has an empty {empty[0]}.")
    return answer


def found(document: Document, key: str) -> Found:
    """What a provider knows of a key. Raises OutcomeUnknown where the answer makes no sense."""
    status = read(document, key, _Status)
    answers = [name for name in ANSWERS if document.get(name) is not None]
    if status.state == "done" and len(answers) == 1:
        inner = {**document[answers[0]], "key": key} if isinstance(document[answers[0]], Mapping) else {}
        return Found("done", read(inner, key, ANSWERS[answers[0]]))
    if answers:
        raise OutcomeUnknown("garbage", f"The provider says {status.state!r} and answers {', '.join(answers)}.")
    match status.state:
        case "refused" | "pending" | "absent" as state:
            return Found(state, detail=status.detail)
        case _:
            raise OutcomeUnknown("garbage", f"The provider answered the unknown state {status.state[:40]!r}.")


def availability(document: Document, key: str) -> Availability:
    """Whether all is there. Raises OutcomeUnknown where the answer contradicts itself."""
    answer = read(document, key, Availability)
    if answer.all_available == bool(answer.unavailable_items):
        raise OutcomeUnknown("garbage", "The provider says that all is available and names what is not, or neither.")
    return answer


def _check_values(document: Document) -> None:
    """Refuse what no honest provider sends and no event could hold. Not by recursion: the depth is theirs to choose."""
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif (isinstance(value, str) and len(value) > LONGEST_TEXT) or (isinstance(value, int) and abs(value) > MOST):
            raise OutcomeUnknown("garbage", "The provider's answer has a text or a number beyond all measure.")
