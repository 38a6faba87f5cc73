"""What head office has set, forbidden and sent in vain, as the views of the log tell it."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from appliance.domain.policies import Said
from appliance.queries.pool import Pool

_POLICIES = "SELECT scope, key, value, since FROM policies ORDER BY key, scope"
_REFUSALS = "SELECT kind, key, version, reason, detail, since FROM hq_refusals ORDER BY kind, key"
_NEWEST = (
    "SELECT version, valid_from FROM pricelists WHERE activated_position IS NOT NULL AND valid_from <= ?"
    " ORDER BY valid_from DESC, activated_position DESC LIMIT 1"
)
MOST = 100  # shown of each; nobody reads more


async def policies(pool: Pool) -> list[dict[str, Any]]:
    """What was set from afar, each by the scope that says it."""
    rows = await pool.rows("policies", f"{_POLICIES} LIMIT ?", (MOST,))
    return [{"scope": scope, "key": key, "value": json.loads(value), "since": at} for scope, key, value, at in rows]


def policies_in(database: Path) -> list[Said]:
    """The same of a store that is not open; nothing where there is none."""
    try:
        with contextlib.closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as db:
            rows = db.execute(_POLICIES).fetchall()
    except sqlite3.Error:
        return []
    return [Said(scope, key, json.loads(value), since) for scope, key, value, since in rows]


async def refusals(pool: Pool) -> list[dict[str, Any]]:
    """What head office sent last that cannot be used."""
    rows = await pool.rows("hq_refusals", f"{_REFUSALS} LIMIT ?", (MOST,))
    names = ("kind", "key", "version", "reason", "detail", "since")
    return [dict(zip(names, row, strict=True)) for row in rows]


async def newest_pricelist(pool: Pool, now: str) -> dict[str, Any] | None:
    """The price list that came into force last."""
    row = await pool.row("newest_pricelist", _NEWEST, (now,))
    return None if row is None else {"version": row[0], "valid_from": row[1]}
