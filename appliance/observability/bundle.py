"""What support may see: an archive of plain JSON in which secrets and people's data are masked.

What is not known to be harmless is left out rather than masked: of events only their type, place and size go in, of
tables only their sizes. Masking is for free words, where anything may stand: settings, findings and log lines. There
the names of people are found by asking the store whom it knows; of who was erased it knows no name any more.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import platform
import re
import sqlite3
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from appliance import __version__
from appliance.domain.card_numbers import holds_card
from appliance.eventstore.connection import open_reader

MASK = "[masked]"
LAST_EVENTS = 200
LOG_BYTES = 1 << 20  # of each log, its end

_SECRET_NAMES = re.compile(
    r"(pass|secret|token|pin\b|pepper|seed|credential|private|authorization|session)", re.IGNORECASE
)
_MOMENT = re.compile(r"20\d\d-[01]\d-[0-3]\d(?:T[\d:.]+Z?)?")
_SECRETS = re.compile(
    _MOMENT.pattern + r"|bk[rsace]_[A-Za-z0-9_-]{8,}"  # tokens of devices, sessions, approvals, codes
    r"|S[UAO][A-Z2-7]{40,}"  # nkey seeds
    r"|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"  # e-mail addresses
    r"|-----BEGIN [^-]*-----.*?-----END [^-]*-----"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user and password in an address
    r"|\b[A-Za-z0-9+/_-]{43}=?(?![A-Za-z0-9+/_-])"  # 32 bytes in base64
    r"|\b[0-9a-fA-F]{64}\b"  # the same in hex
    r"|\+?\d[\d ()./-]{7,}\d(?=\D|$)"  # phone and card numbers, in groups
    r"|(?i:(?<=pin )|(?<=pin=)|(?<=pin: )|(?<=\"pin\": \"))\d{4,12}",
    re.DOTALL,
)
_LAST = """
    SELECT position, stream_id, version, type, length(record), json_extract(record, '$.recorded_at')
    FROM events ORDER BY position DESC LIMIT ?
"""
_NAMES = "SELECT name FROM customers WHERE name IS NOT NULL UNION SELECT name FROM operators"
_WORD = re.compile(r"[^\W\d_]{3,}")
_QUOTED = re.compile(r'"[^"\n]*"')
_KEYS = ("position", "stream", "version", "type", "bytes", "recorded_at")


People = frozenset[str]
NOBODY: People = frozenset()
"""Words that people are called by, in lower case."""


def redacted(value: Any, name: str = "", people: People = NOBODY) -> Any:
    """The value with every secret in it masked, by the name of its field or by what it looks like."""
    if isinstance(value, Mapping):
        return {key: redacted(each, str(key), people) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(each, name, people) for each in value]
    if isinstance(value, str):
        return MASK if _SECRET_NAMES.search(name) else redacted_text(value, people)
    return value


def redacted_text(text: str, people: People = NOBODY) -> str:
    """Free words without secrets and names; moments stay."""
    masked = _SECRETS.sub(lambda found: found[0] if _MOMENT.fullmatch(found[0]) else MASK, text)
    if people:
        masked = _WORD.sub(lambda found: MASK if found[0].casefold() in people else found[0], masked)
    return "\n".join(MASK if holds_card(_MOMENT.sub("", line)) else line for line in masked.split("\n"))


def redacted_metrics(text: str, people: People = NOBODY) -> str:
    """Measurements: only what stands in quotes is words, and the numbers are what they are for."""
    return _QUOTED.sub(lambda found: redacted_text(found[0], people), text)


def people_known(database: Path) -> People:
    """Every word of the names of customers and of those who work here; those of one or two letters tell nobody."""
    with contextlib.closing(open_reader(database)) as db:
        names = db.execute(_NAMES).fetchall()
    return frozenset(word.casefold() for (name,) in names for word in _WORD.findall(name))


def last_events(database: Path) -> list[dict[str, Any]]:
    """The last events without what they say, nor whom they are about."""
    with contextlib.closing(open_reader(database)) as db:
        rows = db.execute(_LAST, (LAST_EVENTS,)).fetchall()
    return [dict(zip(_KEYS, (row[0], row[1].partition("-")[0], *row[2:]), strict=True)) for row in rows]


def tables(database: Path) -> dict[str, int]:
    """How many rows each table has."""
    with contextlib.closing(open_reader(database)) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        return {name: _count(db, name) for name in names}


def _count(db: sqlite3.Connection, name: str) -> int:
    try:
        count: int = db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608  a name of the schema's
    except sqlite3.Error:
        return -1
    return count


def versions() -> dict[str, str]:
    """What runs here."""
    return {
        "backroom": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def pack(target: Path, parts: Mapping[str, Any], logs: Sequence[Path] = (), people: People = NOBODY) -> None:
    """Write the archive; for its owner only. What is text goes in as text. Raises OSError where it cannot be."""
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as out, tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, value in parts.items():
            _add(archive, name, _written(value, people))
        for number, log in enumerate(logs, 1):
            _add(archive, f"logs/{number}-{log.name}", redacted_text(_end_of(log), people))


def _written(value: Any, people: People) -> str:
    if isinstance(value, str):
        return redacted_metrics(value, people)
    return json.dumps(redacted(value, people=people), indent=2, ensure_ascii=False)


def _end_of(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LOG_BYTES))
        return file.read().decode(errors="replace")


def _add(archive: tarfile.TarFile, name: str, text: str) -> None:
    body = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(body), 0o600
    archive.addfile(entry, io.BytesIO(body))
