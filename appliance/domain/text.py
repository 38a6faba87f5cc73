"""Ids and words that people and machines send: what of them is fit to stand in the log for ever."""

from __future__ import annotations

import re
from collections.abc import Collection

from appliance.domain.card_numbers import check_no_card
from appliance.domain.refusals import InvalidChoice, InvalidId, InvalidText

MAX_ID = 64
MAX_NAME = 200
MAX_REASON = 500
MAX_REFERENCE = 128

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# Control characters, and halves of surrogate pairs, which no UTF-8 record can hold.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def check_id(text: str, at: str) -> str:
    """An id as it stands in stream names: 1 to 64 of a small alphabet."""
    if not _ID.fullmatch(text):
        raise InvalidId(f"{text[:MAX_ID]!r} is no id.", at=at)
    return text


def check_text(text: str, at: str, longest: int = MAX_REASON, shortest: int = 0) -> str:
    """A line of text that can be printed, within its length; free text without a card's number in it."""
    if len(text) > longest:
        raise InvalidText(f"The text has {len(text)} characters; {longest} is the most.", at=at, limit=longest)
    if _UNFIT.search(text):
        raise InvalidText("The text contains control characters.", at=at)
    if len(text.strip()) < shortest:
        raise InvalidText("The text may not be empty.", at=at)
    check_no_card(text, at)
    return text


def check_choice(word: str, allowed: Collection[str], at: str) -> str:
    """One of the words allowed."""
    if word not in allowed:
        raise InvalidChoice(
            f"{word[:MAX_ID]!r} is none of: {', '.join(sorted(allowed))}.", at=at, allowed=sorted(allowed)
        )
    return word
