"""What the sandbox's providers did, on disk before anybody is told: the judge of "charged once".

It is theirs alone. The store under test cannot see it but by asking, as it would ask a real provider.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Document = Mapping[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    seq INTEGER PRIMARY KEY, provider TEXT NOT NULL, operation TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL,
    answer TEXT, code TEXT, detail TEXT, at TEXT NOT NULL, UNIQUE (provider, key)
) STRICT;
CREATE TABLE IF NOT EXISTS calls (
    seq INTEGER PRIMARY KEY, provider TEXT NOT NULL, operation TEXT NOT NULL, key TEXT NOT NULL, fault TEXT,
    at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS stock (product_id TEXT PRIMARY KEY, quantity TEXT NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one key led to: an answer, or a refusal with its code."""

    provider: str
    operation: str
    key: str
    request: Document
    answer: Document | None
    code: str | None
    detail: str
    at: str

    def as_json(self) -> dict[str, Any]:
        """As `GET /ledger` shows it."""
        return {
            "operation": self.operation,
            "key": self.key,
            "request": self.request,
            "answer": self.answer,
            "refused": self.code,
            "at": self.at,
        }


class Ledger:
    """One file; ":memory:" for what need not last."""

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def called(self, provider: str, operation: str, key: str, fault: str | None, at: str) -> None:
        """A call has come in, whatever becomes of it."""
        self._db.execute(
            "INSERT INTO calls (provider, operation, key, fault, at) VALUES (?, ?, ?, ?, ?)",
            (provider, operation, key, fault, at),
        )

    def add(self, entry: Entry) -> None:
        """It has been done, or refused for good; a key has one entry for ever."""
        answer = None if entry.answer is None else json.dumps(entry.answer)
        self._db.execute(
            "INSERT INTO entries (provider, operation, key, request, answer, code, detail, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                entry.provider,
                entry.operation,
                entry.key,
                json.dumps(entry.request),
                answer,
                entry.code,
                entry.detail,
                entry.at,
            ),
        )

    def find(self, provider: str, key: str) -> Entry | None:
        """What a key led to."""
        found = self._read("WHERE provider = ? AND key = ?", provider, key)
        return found[0] if found else None

    def done(self, operation: str) -> list[tuple[Document, Document]]:
        """Everything of a kind that was done, in order: what was asked, and what was answered."""
        found = self._read("WHERE operation = ? AND answer IS NOT NULL ORDER BY seq", operation)
        return [(each.request, each.answer) for each in found if each.answer is not None]

    def entries(self) -> list[Entry]:
        """Everything, in order."""
        return self._read("ORDER BY seq")

    def calls(self) -> list[dict[str, Any]]:
        """Every call that came in, in order, with the fault it met."""
        rows = self._db.execute("SELECT provider, operation, key, fault, at FROM calls ORDER BY seq")
        return [dict(zip(("provider", "operation", "key", "fault", "at"), row, strict=True)) for row in rows]

    def set_stock(self, product_id: str, quantity: str) -> None:
        """From now on there is so much of it, before reservations; a product never set is there without end."""
        self._db.execute("INSERT OR REPLACE INTO stock VALUES (?, ?)", (product_id, quantity))

    def stock(self, product_id: str) -> str | None:
        """How much of it there is, before reservations."""
        row = self._db.execute("SELECT quantity FROM stock WHERE product_id = ?", (product_id,)).fetchone()
        return row[0] if row else None

    def _read(self, where: str, *values: str) -> list[Entry]:
        columns = "provider, operation, key, request, answer, code, detail, at"
        rows = self._db.execute(f"SELECT {columns} FROM entries {where}", values)  # noqa: S608  literals of this class
        return [_entry(row) for row in rows]


def _entry(row: tuple[Any, ...]) -> Entry:
    provider, operation, key, request, answer, code, detail, at = row
    return Entry(
        provider, operation, key, json.loads(request), json.loads(answer) if answer else None, code, detail or "", at
    )
