"""Where each setting comes from: the command line, the environment, a line of the file, or the default."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from appliance import settings_file

PREFIX = "BACKROOM__"
DEFAULT, FILE, ENVIRONMENT, COMMAND_LINE, HEAD_OFFICE = "default", "file", "environment", "command line", "head office"
SOURCES = (DEFAULT, FILE, ENVIRONMENT, COMMAND_LINE, HEAD_OFFICE)


class Origin(NamedTuple):
    """Which of the sources, and where there."""

    source: str
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """What was there when the settings were read; a file may have been written anew since."""

    file: Path | None = None
    lines: Mapping[settings_file.Keys, int] = field(default_factory=dict)
    environment: frozenset[settings_file.Keys] = frozenset()  # in capitals
    given: frozenset[settings_file.Keys] = frozenset()

    def of(self, key: str) -> Origin:
        """The first that names it, or a table that holds it, in the order settings are looked for."""
        name = tuple(key.split("."))
        if _naming(name, self.given):
            return Origin(COMMAND_LINE)
        variable = _naming(tuple(key.upper().split(".")), self.environment)
        if variable is not None:
            return Origin(ENVIRONMENT, PREFIX + "__".join(variable))
        line = _naming(name, self.lines)
        return Origin(DEFAULT) if line is None else Origin(FILE, f"{self.file} line {self.lines[line]}")


def sources(file: Path, environment: Mapping[str, str], given: Mapping[str, Any]) -> Sources:
    """What is there now."""
    variables = [each.upper().removeprefix(PREFIX) for each in environment if each.upper().startswith(PREFIX)]
    named = frozenset(tuple(each.split("__")) for each in variables)
    return Sources(file, settings_file.lines(file), named, frozenset(_leaves(given)))


def _naming(name: settings_file.Keys, those: Iterable[settings_file.Keys]) -> settings_file.Keys | None:
    """Whichever of those says something of a setting: it, the table it is in, or a part of it; the closest first."""
    found = [each for each in those if each[: len(name)] == name or name[: len(each)] == each]
    return min(found, key=lambda each: (abs(len(each) - len(name)), each), default=None)


def _leaves(given: Mapping[str, Any]) -> Iterator[settings_file.Keys]:
    for name, value in given.items():
        inner = value.model_dump(exclude_unset=True) if isinstance(value, BaseModel) else value
        if isinstance(inner, Mapping):
            yield from ((name, *rest) for rest in _leaves(inner))
        else:
            yield (name,)
