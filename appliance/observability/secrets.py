"""What must never stand in a log: tokens, PINs, card numbers, addresses of people. Told by name and by look."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

HIDDEN = "[hidden]"

# Fields of these names are hidden whatever they hold.
SECRET_NAMES = re.compile(
    r"(^|_)(token|pin|password|passphrase|secret|pepper|seed|authorization|cookie|session|credentials|code_word)($|_)"
    r"|(^|_)(name|email|phone|street|city|postal_code|recipient|address_line)($|_)",
    re.IGNORECASE,
)

_DIGITS = re.compile(r"(?<![0-9A-Za-z-])[0-9](?:[ -]?[0-9]){12,18}(?![0-9A-Za-z-])")
_EVEN = 2
_NINE = 9


def _luhn(digits: str) -> bool:
    doubled = [int(each) * (1 + place % _EVEN) for place, each in enumerate(reversed(digits))]
    return sum(each - _NINE if each > _NINE else each for each in doubled) % 10 == 0


def _card(found: re.Match[str]) -> str:
    return HIDDEN if _luhn(re.sub("[ -]", "", found[0])) else found[0]


# What looks like one is hidden wherever it stands, in the middle of a sentence as well.
_LOOKS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s,;\"']+"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?i)\b(token|pin|password|secret|pepper|seed)(\s*[=:]\s*)[^\s,;\"']+"), rf"\1\2{HIDDEN}"),
    (re.compile(r"://[^/\s:@]+:[^/\s@]+@"), f"://{HIDDEN}@"),
    (re.compile(r"\bS[UAONCX][A-Z2-7]{56}\b"), HIDDEN),  # an nkey seed
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), HIDDEN),
    (_DIGITS, _card),
)


def without_secrets(text: str) -> str:
    """The text, with whatever looks like a secret or a person hidden."""
    for look, instead in _LOOKS:
        text = look.sub(instead, text)
    return text


def scrubbed(value: object, name: str = "") -> object:
    """A value of a log line, hidden where its name says so, looked through where it is text."""
    if name and SECRET_NAMES.search(name):
        return HIDDEN
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, Mapping):
        return {str(key): scrubbed(each, str(key)) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrubbed(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float) else without_secrets(str(value))
