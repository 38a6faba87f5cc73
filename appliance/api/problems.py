"""Refusals as problem+json: the one place where texts for people are put together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from appliance.api.refusals import ErrorItem, InvalidRequest, MalformedJson, TooManyConnections
from appliance.api.reply import PROBLEM, Header, Reply, encode
from appliance.domain.refusals import Refusal
from appliance.errors import (
    BadCursor,
    OutcomeUnknown,
    Overloaded,
    ProjectionRebuilding,
    QueryTimedOut,
    ShuttingDown,
    StillRunning,
)
from appliance.schemas.common import ID_PATTERN, TEXT_PATTERN

TYPE_BASE = "/docs/problems#"
MAX_ERRORS = 20  # named in one answer; nobody reads more
RESERVED = frozenset({"type", "title", "status", "detail", "hint", "errors", "request_id", "instance"})

# When a client may try again, in seconds.
RETRY_AFTER: Mapping[type[Refusal], bytes] = {
    Overloaded: b"1",
    StillRunning: b"1",
    ProjectionRebuilding: b"2",
    ShuttingDown: b"5",
    OutcomeUnknown: b"5",
    QueryTimedOut: b"2",
    TooManyConnections: b"5",
}


def problem(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """The refusal as its members; a fact that shares a reserved name is told as `present_<name>`."""
    at = "?cursor" if isinstance(refusal, BadCursor) else refusal.at
    errors = list(getattr(refusal, "errors", ())) or ([(at, refusal.detail)] if at else [])
    facts = {f"present_{name}" if name in RESERVED else name: value for name, value in refusal.facts.items()}
    return {
        "type": TYPE_BASE + refusal.code,
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "hint": refusal.hint,
        "errors": [{"at": at, "message": message} for at, message in errors[:MAX_ERRORS]],
        "request_id": request_id,
        **facts,
    }


def reply(refusal: Refusal, request_id: str, headers: Sequence[Header] = ()) -> Reply:
    """The refusal as an answer."""
    more = [(b"x-request-id", request_id.encode()), (b"cache-control", b"no-store"), *headers]
    retry = RETRY_AFTER.get(type(refusal)) or _facts_retry(refusal)
    if retry is not None:
        more.append((b"retry-after", retry))
    return Reply(encode(problem(refusal, request_id)), status=refusal.status, media=PROBLEM, headers=more)


def _facts_retry(refusal: Refusal) -> bytes | None:
    seconds = refusal.facts.get("retry_after")
    return None if seconds is None else str(seconds).encode()


def invalid(error: ValidationError) -> MalformedJson | InvalidRequest:
    """What is wrong with a body, place by place, in words."""
    found = error.errors(include_url=False, include_input=False)
    first = found[0]
    if first["type"] == "json_invalid":
        return MalformedJson(_broken_off(first["ctx"]["error"]))
    items = [(pointer(each["loc"]), in_words(each)) for each in found[:MAX_ERRORS]]
    at, message = items[0]
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return InvalidRequest(f"{at or 'The body'} {message}{more}.", errors=items)


def pointer(location: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def _broken_off(error: str) -> str:
    if error.startswith("EOF while parsing a value at line 1 column 0"):
        return "The body is empty."
    return f"The body is no JSON: {error}."


def in_words(error: Mapping[str, Any]) -> str:
    """What is wrong with one value, as it follows its place: "/quantity must be text"."""
    words = _WORDS.get(error["type"])
    if words is None:
        return f"is not valid: {error['msg']}"
    return words if isinstance(words, str) else words(error.get("ctx", {}))


def _pattern(context: Mapping[str, Any]) -> str:
    return _PATTERNS.get(context["pattern"], "does not have the right form")


_PATTERNS: Mapping[str, str] = {
    ID_PATTERN: "must be 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit",
    TEXT_PATTERN: "must not contain control characters",
}
_WHOLE = "must be a whole number, such as 425; amounts are in minor units and never have decimals"
_LIST = "must be a list"
_OBJECT = "must be an object"
_TIME = "must be a time with an offset, such as 2026-11-23T06:00:00Z"
_WORDS: Mapping[str, str | Callable[[Mapping[str, Any]], str]] = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "string_type": 'must be text; decimals are written as text too, such as "2.50"',
    "bool_type": "must be true or false",
    "list_type": _LIST,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": _OBJECT,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "datetime_object_invalid": _TIME,
    "timezone_aware": _TIME,
    "far_time": lambda context: f"must be a time from {context['first']} to {context['last']}",
    "string_pattern_mismatch": _pattern,
    "string_too_long": lambda context: f"has more than {context['max_length']} characters",
    "string_too_short": lambda context: f"must have at least {context['min_length']} character",
    "too_long": lambda context: f"has more than {context['max_length']} entries",
    "too_short": lambda context: f"must have at least {context['min_length']} entry",
    "greater_than_equal": lambda context: f"must be at least {context['ge']}",
    "less_than_equal": lambda context: f"must be at most {context['le']}",
    "literal_error": lambda context: f"must be one of {re.sub(' or ', ', ', context['expected'])}",
}

__all__ = ["ErrorItem", "in_words", "invalid", "pointer", "problem", "reply"]
