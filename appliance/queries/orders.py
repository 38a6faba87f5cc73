"""Orders: one, those in a state, a customer's, and finding them by number, name or e-mail."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from appliance.queries import cursors, sagas
from appliance.queries.documents import NEWEST
from appliance.queries.pages import Item, cut, numbered
from appliance.queries.pool import Pool
from appliance.queries.search import fts_query

_SUMMARY = "o.order_id, o.customer_id, o.kind, o.status, o.total, o.currency, o.created_at"
_ONE = f"""
    SELECT {_SUMMARY}, o.items, o.address, o.erased, o.reason, o.business_date, o.version, o.picked, o.payment,
        o.shipment, c.name, c.email
    FROM orders AS o LEFT JOIN order_customers AS c ON c.customer_id = o.customer_id WHERE o.order_id = ?
"""
_ITEM = ("product_id", "name", "quantity", "unit_price", "amount")
_STEP = ("step", "direction", "status", "attempts", "started_at", "finished_at", "note", "errors")
_PICKED = ("line", *_ITEM, "substitute_for")
# The total stands in every row, and in the one row of nulls that an empty page is.
_NUMBERED = f"""
    SELECT total_count, page.* FROM (SELECT count(*) AS total_count FROM {{source}})
    LEFT JOIN (SELECT {_SUMMARY} FROM {{joined}} ORDER BY o.position DESC LIMIT :size OFFSET :skipped) AS page
"""
_OF_CUSTOMER = _NUMBERED.format(
    source="orders WHERE customer_id = :customer", joined="orders AS o WHERE o.customer_id = :customer"
)
_FOUND = _NUMBERED.format(
    source="orders_fts WHERE orders_fts MATCH :words",
    joined="orders_fts AS f JOIN orders AS o ON o.position = f.rowid WHERE orders_fts MATCH :words",
)
_COUNTS = "SELECT status, count(*) FROM orders WHERE status IN ({}) GROUP BY status"


async def counts(pool: Pool, statuses: Sequence[str]) -> dict[str, int]:
    """How many orders there are in each of these states; by the index, so those that ended long ago cost nothing."""
    rows = await pool.rows("orders_counted", _COUNTS.format(",".join("?" * len(statuses))), tuple(statuses))
    return dict.fromkeys(statuses, 0) | dict(rows)


async def get(pool: Pool, order_id: str) -> Item | None:
    """An order, whole."""
    row = await pool.row("order", _ONE, (order_id,))
    if row is None:
        return None
    items, address, erased, reason, business_date, version, picked, payment, shipment, name, email = row[7:]
    summary = _summary(row[:7])
    return {
        **summary,
        "customer": {"customer_id": summary["customer_id"], "name": name, "email": email},
        "items": [{name: item[name] for name in _ITEM} for item in json.loads(items)],
        "picked": _picked(picked),
        "shipping_address": None if address is None else json.loads(address),
        "erased": bool(erased),
        "reason": reason,
        "business_date": business_date,
        "payment": _parsed(payment),
        "shipment": _parsed(shipment),
        "version": version,
        "steps": [{name: step[name] for name in _STEP} for step in await _steps(pool, order_id)],
    }


async def _steps(pool: Pool, order_id: str) -> list[Item]:
    """What has been done and undone for it, from the story of its saga, which bears the order's id."""
    return sagas.steps(await sagas.history(pool, order_id))


async def page(pool: Pool, *, limit: int, status: str | None = None, cursor: str | None = None) -> Item:
    """Orders, newest first; those in one state if asked for."""
    view = f"orders:{status}"
    before = cursors.decode(view, cursor, int)[0] if cursor else NEWEST
    which = "true" if status is None else "o.status = :status"
    sql = f"""SELECT {_SUMMARY}, o.position FROM orders AS o
        WHERE o.position < :before AND {which} ORDER BY o.position DESC LIMIT :limit"""
    parameters = {"before": before, "limit": limit + 1} | ({} if status is None else {"status": status})
    rows = await pool.rows("orders", sql, parameters)
    return cut(rows, limit, view, lambda row: [row[-1]], lambda row: _summary(row[:-1]))


async def of_customer(pool: Pool, customer_id: str, *, number: int = 1, size: int = 20) -> Item:
    """A page (from 1) of a customer's orders, newest first, with the count of all."""
    parameters = {"customer": customer_id, "size": size, "skipped": (number - 1) * size}
    rows = await pool.rows("orders_of_customer", _OF_CUSTOMER, parameters)
    return {"customer_id": customer_id} | numbered(rows, number, size, _summary)


async def search(pool: Pool, query: str, *, number: int = 1, size: int = 20) -> Item:
    """A page (from 1) of the orders whose id, name or e-mail has a word beginning with each of the query's."""
    words = fts_query(query)
    if words is None:
        return {"query": query} | numbered([(0, None)], number, size, _summary)
    parameters = {"words": words, "size": size, "skipped": (number - 1) * size}
    rows = await pool.rows("orders_search", _FOUND, parameters)
    return {"query": query} | numbered(rows, number, size, _summary)


def _parsed(text: str | None) -> Item | None:
    return None if text is None else json.loads(text)


def _picked(text: str | None) -> Item | None:
    found = _parsed(text)
    if found is None:
        return None
    return {
        "items": [{name: item[name] for name in _PICKED} for item in found["items"]],
        "short": found["short"],
    }


def _summary(row: tuple[Any, ...]) -> Item:
    order_id, customer_id, kind, status, total, currency, created_at = row
    return {
        "order_id": order_id,
        "customer_id": customer_id,
        "kind": kind,
        "status": status,
        "total_amount": total,
        "currency": currency,
        "created_at": created_at,
    }
