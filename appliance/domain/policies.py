"""Which policies head office may set, and what each does to the policy in force.

The table is the allow list: what is not in it belongs to the box alone, such as where it listens, where its data lies
and where head office is. A value comes as JSON and is checked here for its meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance.domain.money import MAX_AMOUNT
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import Refusal
from appliance.domain.refusals_hq import InvalidPolicy, NotAPolicy
from appliance.domain.tax import TaxRate
from appliance.domain.text import MAX_ID, check_id

SCOPES = ("common", "store", "command")
"""Who says it, the later over the earlier: head office to all, head office to this store, a command."""

ROLES = frozenset({"cashier", "supervisor", "manager", "hq", "support"})
MAX_TAX_CODES = 100

Change = Callable[[StorePolicy, Any], StorePolicy]


def _whole(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise InvalidPolicy(f"It must be a whole number from {least} to {most}, not {_short(value)}.", at="/value")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_ID:
        raise InvalidPolicy(f"It must be a short text, not {_short(value)}.", at="/value")
    return value


def _short(value: Any) -> str:
    return repr(value)[:MAX_ID]


def _timezone(policy: StorePolicy, value: Any) -> StorePolicy:
    try:
        return replace(policy, timezone=ZoneInfo(_text(value)))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidPolicy(f"{_short(value)} is no time zone.", at="/value") from error


def _taxes(policy: StorePolicy, value: Any) -> StorePolicy:
    if not isinstance(value, dict) or not 1 <= len(value) <= MAX_TAX_CODES:
        raise InvalidPolicy(f"It must be 1 to {MAX_TAX_CODES} tax codes with a rate each.", at="/value")
    return replace(policy, taxes={check_id(code, f"/value/{code}"): _tax(code, tax) for code, tax in value.items()})


def _tax(code: str, tax: Any) -> TaxRate:
    at = f"/value/{code}"
    if not isinstance(tax, dict) or not set(tax) <= {"rate", "inclusive"}:
        raise InvalidPolicy("A tax code has a rate and may say whether prices are inclusive of it.", at=at)
    rate, inclusive = tax.get("rate"), tax.get("inclusive", True)
    if not isinstance(rate, str) or not isinstance(inclusive, bool):
        raise InvalidPolicy('A rate is a decimal string such as "19"; inclusive is true or false.', at=at)
    return TaxRate(rate, inclusive)


def _roles(policy: StorePolicy, value: Any) -> StorePolicy:
    if not isinstance(value, list) or not all(isinstance(each, str) and each in ROLES for each in value):
        raise InvalidPolicy(f"It must be a list of roles out of {', '.join(sorted(ROLES))}.", at="/value")
    return replace(policy, override_roles=frozenset(value))


def _region(policy: StorePolicy, value: Any) -> StorePolicy:
    return replace(policy, barcode_region=_text(value))


CHANGES: Mapping[str, Change] = {
    "store.timezone": _timezone,
    "store.day_roll_hour": lambda policy, value: replace(policy, day_roll_hour=_whole(value, 0, 23)),
    "store.cash_rounding": lambda policy, value: replace(policy, cash_rounding=_whole(value, 1, 100)),
    "store.barcode_region": _region,
    "store.taxes": _taxes,
    "sales.override_roles": _roles,
    "sales.max_lines": lambda policy, value: replace(policy, max_lines=_whole(value, 1, 2_000)),
    "sales.max_tenders": lambda policy, value: replace(policy, max_tenders=_whole(value, 1, 50)),
    "sales.max_total": lambda policy, value: replace(policy, max_total=_whole(value, 1, MAX_AMOUNT)),
    "pricelists.max_prices": lambda policy, value: replace(policy, max_list_prices=_whole(value, 1, 50_000)),
}


def changed(policy: StorePolicy, key: str, value: Any) -> StorePolicy:
    """The policy with one thing set otherwise. Raises NotAPolicy, InvalidPolicy, InvalidRate and the like."""
    change = CHANGES.get(key)
    if change is None:
        raise NotAPolicy(f"{key[:MAX_ID]!r} is not among the policies that head office may set.", at="/key")
    return change(policy, value)


def in_force(base: StorePolicy, set_by: Iterable[tuple[str, str, Any]]) -> StorePolicy:
    """The box's own policy with what was set from afar (scope, key, value) over it.

    What this program cannot use any more, though an older one could, is passed over: the store opens all the same.
    """
    policy = base
    for _, key, value in sorted(set_by, key=lambda each: (SCOPES.index(each[0]), each[1])):
        try:
            policy = changed(policy, key, value)
        except Refusal:
            continue
    return policy
