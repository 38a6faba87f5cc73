"""What a business day came to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from appliance.queries import cursors
from appliance.queries.pages import Item, cut
from appliance.queries.pool import Pool

LATEST = "9999-12-31"  # past any date: where a list that runs backwards begins

_NET = "sum(CASE section WHEN 'sales' THEN amount WHEN 'refunds' THEN -amount WHEN 'voids' THEN -amount ELSE 0 END)"
_DATES = f"""
    SELECT business_date, {_NET}, sum(CASE section WHEN 'sales' THEN count ELSE 0 END) FROM day_totals
    WHERE business_date < ? GROUP BY business_date ORDER BY business_date DESC LIMIT ?
"""
_DAY = "SELECT section, key, count, amount, base FROM day_totals WHERE business_date = ? ORDER BY section, key"


async def day(pool: Pool, date: str) -> Item:
    """A business day's totals; all of them nothing where nothing was booked. `total` is before cash rounding."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for section, *row in await pool.rows("day_report", _DAY, (date,)):
        found.setdefault(section, []).append(tuple(row))
    sales, refunds, voids = (_sum(found.get(section, ())) for section in ("sales", "refunds", "voids"))
    return {
        "date": date,
        "total": sales["amount"] - refunds["amount"] - voids["amount"],
        "sales": sales,
        "refunds": refunds,
        "voids": voids,
        "rounding": _sum(found.get("rounding", ())),
        "tenders": _named("type", found.get("tender", ())),
        "taxes": [_tax(row) for row in found.get("tax", ())],
        "hours": _named("hour", found.get("hour", ())),
        "discounts": _named("kind", found.get("discount", ())),
    }


async def dates(pool: Pool, *, limit: int, cursor: str | None = None) -> Item:
    """The days on which anything was booked, newest first, with what each came to."""
    before = cursors.decode("dates", cursor, str)[0] if cursor else LATEST
    rows = await pool.rows("dates", _DATES, (before, limit + 1))
    return cut(rows, limit, "dates", lambda row: [row[0]], _date)


def _date(row: tuple[Any, ...]) -> Item:
    date, total, sales = row
    return {"date": date, "total": total, "sales": sales}


def _sum(rows: Iterable[tuple[Any, ...]]) -> Item:
    for _, count, amount, _ in rows:
        return {"count": count, "amount": amount}
    return {"count": 0, "amount": 0}


def _named(name: str, rows: Iterable[tuple[Any, ...]]) -> list[Item]:
    return [{name: key, "count": count, "amount": amount} for key, count, amount, _ in rows]


def _tax(row: tuple[Any, ...]) -> Item:
    key, count, amount, base = row
    code, _, rate = key.rpartition("@")
    return {"code": code, "rate": rate, "count": count, "base": base, "amount": amount}
