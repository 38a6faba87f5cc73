"""Receipts: what makes every write repeatable.

A receipt is written in its command's own transaction and kept for ever. It holds no answer, only what the answer is
made of again (ids and positions), and a keyed fingerprint of the request, so that no personal data can be guessed
from it after an erasure.
"""

from __future__ import annotations

import hmac
import sqlite3
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from appliance.application.receipts import Receipt
from appliance.eventstore.bulk import Bulk

_COLUMNS = "scope, key, command_id, fingerprint, status, ids, first_position, last_position, recorded_at"
_INSERT = Bulk(f"{_COLUMNS}, checksum", f"INSERT INTO receipts({_COLUMNS}, checksum) SELECT * FROM given")
_REPLACE = f"INSERT OR REPLACE INTO receipts({_COLUMNS}, checksum) VALUES (?,?,?,?,?,?,?,?,?,?)"
_SELECT = f"SELECT {_COLUMNS}, checksum FROM receipts WHERE scope = ? AND key = ?"
_SELECT_MANY = (
    f"SELECT {', '.join(f'r.{name}' for name in _COLUMNS.split(', '))}, r.checksum FROM json_each(?) AS wanted"
    " CROSS JOIN receipts AS r ON r.scope = wanted.value ->> 0 AND r.key = wanted.value ->> 1"
)
_ids = msgspec.json.Decoder(dict[str, str]).decode


def fingerprint(secret: bytes, method: str, path: str, body: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104) of method, path and body: 32 bytes that mean something in this store only."""
    keyed = _keyed(secret).copy()
    keyed.update(b"%s\n%s\n%s" % (method.encode(), path.encode(), body))
    return keyed.digest()


@lru_cache(maxsize=8)
def _keyed(secret: bytes) -> hmac.HMAC:
    """The sum begun with the key, to be copied: `hmac.digest` also lets go of the interpreter for every request."""
    return hmac.new(secret, digestmod="sha256")


def _row(receipt: Receipt) -> tuple[Any, ...]:
    row = (
        receipt.scope, receipt.key, receipt.command_id, receipt.fingerprint, receipt.status,
        msgspec.json.encode(receipt.ids).decode(), receipt.first_position, receipt.last_position, receipt.recorded_at,
    )  # fmt: skip
    return (*row, row_checksum(row))


def row_checksum(row: Sequence[Any]) -> int:
    """CRC-32 of a receipt's columns as lines of UTF-8, bytes in hex and nothing for NULL; `verify` looks at it."""
    return zlib.crc32("\n".join([_spelled(value) for value in row]).encode())


def _spelled(value: Any) -> str:
    if value is None:
        return ""
    return value.hex() if isinstance(value, bytes) else str(value)


def write_receipts(db: sqlite3.Connection, receipts: Sequence[Receipt]) -> None:
    """Insert receipts into the open transaction."""
    _INSERT.write(db, [_row(receipt) for receipt in receipts])


def replace_receipt(db: sqlite3.Connection, receipt: Receipt) -> None:
    """Write one in the place of what is kept under its key."""
    db.execute(_REPLACE, _row(receipt))


def find_receipt(db: sqlite3.Connection, scope: str, key: str) -> Receipt | None:
    """The committed receipt for a key, if there is one."""
    row = db.execute(_SELECT, (scope, key)).fetchone()
    return receipt_from_row(row) if row else None


def find_receipts(db: sqlite3.Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Receipt]:
    """The committed receipts for many keys, with one statement: a sixth of asking for each."""
    rows = db.execute(_SELECT_MANY, (msgspec.json.encode(keys).decode(),))
    return {(row[0], row[1]): receipt_from_row(row) for row in rows}


def receipt_from_row(row: Sequence[Any]) -> Receipt:
    """A receipt as read by `SELECT` of its columns in the table's order."""
    return Receipt(
        scope=row[0], key=row[1], command_id=row[2], fingerprint=row[3], status=row[4], ids=_ids(row[5]),
        first_position=row[6], last_position=row[7], recorded_at=row[8],
    )  # fmt: skip
