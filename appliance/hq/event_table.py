"""Every event and what it holds on one page, made from the codec's table: docs/reference/events.md.

`python -m appliance.hq.event_table` prints it; a test compares the two.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Iterable, Iterator
from functools import partial

from appliance.eventstore import codec
from appliance.printed_page import print_page

_HEAD = """\
# Events

Every fact that a store records, as it stands in the log, at `GET /api/v1/events` and at head office. Types and fields
are added, never changed or taken away: pass over what you do not know. What stands around an event's `data` is told in
[records](records.md); [events.schema.json](../contract/events.schema.json) is the same as a JSON Schema, and
[asyncapi.json](../contract/asyncapi.json) says where head office finds it.

Amounts are whole minor units of the store's currency; quantities, unit prices and rates are decimal strings. A field
with `?` may be null. Personal data stands in `Sealed` only.

This page is made from the events themselves.
"""


def markdown() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_families(), *_parts()])


def _families() -> Iterator[str]:
    family = ""
    for name, (version, kind) in sorted(codec.TYPES.items()):
        if name.partition(".")[0] != family:
            family = name.partition(".")[0]
            yield f"## {family}\n"
        yield f"### `{name}`, version {version}\n"
        yield from _described(kind)


def _parts() -> Iterator[str]:
    yield "## What events are made of\n"
    for name, kind in sorted(_named(kind for _, kind in codec.TYPES.values()).items()):
        yield f"### {name}\n"
        yield from _described(kind)


def _named(kinds: Iterable[type]) -> dict[str, type]:
    """The classes that fields name, and those that their fields name."""
    found = {}
    for kind in kinds:
        known = vars(sys.modules[kind.__module__])
        for word in re.findall(r"\b[A-Z]\w+", " ".join(_text(each) for each in dataclasses.fields(kind))):
            if dataclasses.is_dataclass(known.get(word)):
                found[word] = known[word]
    return found | _named(found.values()) if found else found


def _described(kind: type) -> Iterator[str]:
    said = (kind.__doc__ or "").strip()
    if said and not said.startswith(f"{kind.__name__}("):  # what dataclasses write where nothing was written
        yield " ".join(said.split("\n\n")[0].split()) + "\n"
    yield from _fields(kind)


def _fields(kind: type) -> Iterator[str]:
    yield "| Field | Kind | Left out means |\n|---|---|---|"
    for each in dataclasses.fields(kind):
        yield f"| `{each.name}` | {_kind(_text(each))} | {_default(each)} |"
    yield ""


def _text(field: dataclasses.Field[object]) -> str:
    return field.type if isinstance(field.type, str) else field.type.__name__


_KINDS = (
    (r"tuple\[(.+), \.\.\.\]", r"list of \1"),
    (r"(?:Mapping|dict)\[str, (.+)\]", r"object of \1"),
    (r"(.+) \| None", r"\1?"),
    (r"\bAny\b", "anything"),
    (r"\bstr\b", "text"),
    (r"\bint\b", "whole number"),
    (r"\bbool\b", "true or false"),
    (r"\b\w+\.(?=[A-Z])", ""),
)


def _kind(text: str) -> str:
    for pattern, said in _KINDS:
        text = re.sub(pattern, said, text)
    return re.sub(r"\b([A-Z]\w+)", lambda found: f"[{found[1]}](#{found[1].lower()})", text)


def _default(field: dataclasses.Field[object]) -> str:
    if field.default is dataclasses.MISSING:
        return "" if field.default_factory is dataclasses.MISSING else "nothing"
    if field.default in ("", ()):
        return "empty"
    return "null" if field.default is None else f"`{field.default}`".lower()


main = partial(print_page, markdown, "appliance.hq.event_table > docs/reference/events.md")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
