"""No free text of any request may hold a card's number: looked for before a handler sees the body.

Most bodies have no thirteen figures in a row anywhere; that is one look at their bytes. Only the others, which are
those with barcodes, are gone through field by field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from appliance.domain.card_numbers import check_no_card

# A figure beyond ASCII, or one that is written as an escape, may hide in either of the last two.
_SUSPECT = re.compile(rb"[0-9](?:[ .\-]{0,3}[0-9]){12}|\\u|[\x80-\xff]").search
_decode = msgspec.json.Decoder().decode


def refuse_cards(raw: bytes) -> None:
    """Raises CardNumberRefused, naming the field and not what stands in it. The body has been found valid before."""
    if _SUSPECT(raw):
        for at, text in _texts(_decode(raw), ""):
            check_no_card(text, at)


def _texts(value: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(each, f"{at}/{name}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, f"{at}/{index}")
