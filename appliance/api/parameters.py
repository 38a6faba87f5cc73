"""Query parameters: what each may be, how it is read, and how the reference describes it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from appliance.api.refusals import ErrorItem, InvalidParameter
from appliance.schemas.common import TEXT_PATTERN

MAX_FIELDS = 20
MAX_TEXT = 200

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TEXT = re.compile(TEXT_PATTERN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One query parameter. `read` answers its value, or raises ValueError in words."""

    name: str
    description: str
    example: str
    default: Any = None
    required: bool = False

    def read(self, text: str) -> Any:
        """A line of text."""
        if len(text) > MAX_TEXT:
            message = f"has more than {MAX_TEXT} characters"
            raise ValueError(message)
        if not text:
            message = "is empty"
            raise ValueError(message)
        if not _TEXT.match(text):
            message = "must not contain control characters"
            raise ValueError(message)
        return text

    def schema(self) -> dict[str, Any]:
        """How it is described."""
        return {"type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": TEXT_PATTERN}

    @property
    def shown(self) -> Any:
        """The example, as the value it stands for."""
        return self.example


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer(Parameter):
    """A whole number within bounds."""

    least: int = 0
    most: int = 10**15

    def read(self, text: str) -> int:
        """The number."""
        if not _INTEGER.fullmatch(text) or not self.least <= int(text) <= self.most:
            message = f"must be a whole number from {self.least} to {self.most}"
            raise ValueError(message)
        return int(text)

    def schema(self) -> dict[str, Any]:
        """How it is described."""
        described: dict[str, Any] = {"type": "integer", "minimum": self.least, "maximum": self.most}
        return described if self.default is None else described | {"default": self.default}

    @property
    def shown(self) -> int:
        """The example."""
        return int(self.example)


@dataclass(frozen=True, slots=True, kw_only=True)
class Date(Parameter):
    """A day of the calendar."""

    def read(self, text: str) -> str:
        """The day as YYYY-MM-DD."""
        message = "must be a day such as 2026-11-22"
        if not _DATE.fullmatch(text):
            raise ValueError(message)
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise ValueError(message) from None

    def schema(self) -> dict[str, Any]:
        """How it is described."""
        return {"type": "string", "format": "date"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Parameter):
    """One of some words."""

    words: tuple[str, ...] = field(default=())

    def read(self, text: str) -> str:
        """The word."""
        if text not in self.words:
            message = f"must be one of {', '.join(self.words)}"
            raise ValueError(message)
        return text

    def schema(self) -> dict[str, Any]:
        """How it is described."""
        described: dict[str, Any] = {"type": "string", "enum": list(self.words)}
        return described if self.default is None else described | {"default": self.default}


LIMIT = Integer(name="limit", description="How many at most.", example="50", default=50, least=1, most=500)
CURSOR = Parameter(name="cursor", description="The next_cursor of the part before.", example="MTA0Mg")
PAGE = Integer(name="page", description="Which page, from 1.", example="1", default=1, least=1, most=100_000)
PAGE_SIZE = Integer(name="page_size", description="Orders a page.", example="20", default=20, least=1, most=100)


_NOTHING: Mapping[str, Any] = MappingProxyType({})


def read_query(query: bytes, declared: Sequence[Parameter]) -> Mapping[str, Any]:
    """Every declared parameter's value. Raises InvalidParameter naming all that are wrong, unknown ones included."""
    if not query:
        if not declared:
            return _NOTHING
        given: list[tuple[str, str]] = []
    else:
        given = _split(query)
    by_name = {each.name: each for each in declared}
    values = {each.name: each.default for each in declared}
    errors: list[ErrorItem] = []
    seen: set[str] = set()
    for name, text in given:
        parameter = by_name.get(name)
        if parameter is None:
            errors.append((f"?{name[:64]}", "is not known here"))
        elif name in seen:
            errors.append((f"?{name}", "is given twice"))
        else:
            seen.add(name)
            try:
                values[name] = parameter.read(text)
            except ValueError as error:
                errors.append((f"?{name}", str(error)))
    errors += [(f"?{each.name}", "is missing") for each in declared if each.required and each.name not in seen]
    if errors:
        at, message = errors[0]
        raise InvalidParameter(f"{at} {message}.", errors=errors)
    return values


def _split(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise InvalidParameter(f"The query string cannot be read: {error}.") from None
