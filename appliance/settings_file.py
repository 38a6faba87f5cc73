"""Where in a settings file a key stands, so that what is wrong can be pointed at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

_SECTION = re.compile(r"^\s*\[\[?\s*([A-Za-z0-9_.\"' -]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.\"'-]+(?:\s*\.\s*[A-Za-z0-9_\"'-]+)*)\s*=")

Keys = tuple[str, ...]


def line_of(file: Path, key: Sequence[str]) -> int | None:
    """The line that sets a key, or else the nearest section around it; None where the file says nothing of it."""
    found = dict(_lines(file))
    for length in range(len(key), 0, -1):
        line = found.get(tuple(key[:length]))
        if line is not None:
            return line
    return None


def sets(file: Path, key: Sequence[str]) -> int | None:
    """The line that sets exactly this key, or a table written on one line that holds it."""
    found = dict(_keys(file))
    return next((found[tuple(key[:n])] for n in range(len(key), 0, -1) if tuple(key[:n]) in found), None)


def lines(file: Path) -> dict[Keys, int]:
    """Every key that a file sets, and where."""
    return dict(_keys(file))


def _lines(file: Path) -> Iterator[tuple[Keys, int]]:
    for number, section, key in _read(file):
        yield (*section, *key), number


def _keys(file: Path) -> Iterator[tuple[Keys, int]]:
    for number, section, key in _read(file):
        if key:
            yield (*section, *key), number


def _read(file: Path) -> Iterator[tuple[int, Keys, Keys]]:
    """(line, section, key) of every line that opens the one or sets the other."""
    section: Keys = ()
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for number, line in enumerate(lines, 1):
        if opened := _SECTION.match(line):
            section = _parts(opened[1])
            yield number, section, ()
        elif set_here := _KEY.match(line):
            yield number, section, _parts(set_here[1])


def _parts(dotted: str) -> Keys:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
