"""Which policies head office may set, and what each does to the policy in force.

Two tables are the allow list: `CHANGES`, what decisions are made under, and `operating.CHECKS`, how the box does its
work. What is in neither belongs to the box alone, such as where it listens, where its data lies and where head office
is. A value comes as JSON and is checked here for its meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance.domain import operating
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
_TENDERS = operating.OneOf(("card", "voucher", "account", "other"))


@dataclass(frozen=True, slots=True)
class Said:
    """What one scope says of a policy, and since when."""

    scope: str
    key: str
    value: Any
    since: str = ""


def _whole(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise InvalidPolicy(
            f"It must be a whole number from {least} to {most}, not {operating.shown(value)}.", at="/value"
        )
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_ID:
        raise InvalidPolicy(f"It must be a short text, not {operating.shown(value)}.", at="/value")
    return value


def _timezone(policy: StorePolicy, value: Any) -> StorePolicy:
    try:
        return replace(policy, timezone=ZoneInfo(_text(value)))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidPolicy(f"{operating.shown(value)} is no time zone.", at="/value") from error


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


def _tender(policy: StorePolicy, value: Any) -> StorePolicy:
    _TENDERS(value)
    return replace(policy, order_tender=value)


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
    "orders.tender": _tender,
}
KEYS = (*CHANGES, *operating.CHECKS)

# What no settings file knows; how it stands is read in the policy.
WITHOUT_SETTING: Mapping[str, Callable[[StorePolicy], Any]] = {
    "sales.override_roles": lambda policy: sorted(policy.override_roles),
    "sales.max_lines": lambda policy: policy.max_lines,
    "sales.max_tenders": lambda policy: policy.max_tenders,
    "sales.max_total": lambda policy: policy.max_total,
    "pricelists.max_prices": lambda policy: policy.max_list_prices,
}


def changed(policy: StorePolicy, key: str, value: Any) -> StorePolicy:
    """The policy with one thing set otherwise. Raises NotAPolicy, InvalidPolicy, InvalidRate and the like.

    How the box does its work is no part of it: there a value is only checked.
    """
    check = operating.CHECKS.get(key)
    if check is not None:
        check(value)
        return policy
    change = CHANGES.get(key)
    if change is None:
        reason = operating.why_not(key)
        because = f": {reason}" if reason else ""
        raise NotAPolicy(f"{key[:MAX_ID]!r} is not among the policies that head office may set{because}.", at="/key")
    return change(policy, value)


def standing(base: StorePolicy, told: Iterable[Said]) -> tuple[StorePolicy, dict[str, Said]]:
    """The box's own policy with what was set from afar over it, and what of that is in force, by key.

    What this program cannot use any more, though an older one could, is passed over: the store opens all the same.
    """
    policy, found = base, dict[str, Said]()
    for said in sorted(told, key=lambda each: (SCOPES.index(each.scope), each.key)):
        try:
            policy = changed(policy, said.key, said.value)
        except Refusal:
            continue
        found[said.key] = said
    return policy, found
