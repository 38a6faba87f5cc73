"""Price lists that come in parts: staged one by one, in force when all are there, or refused with a reason."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.application.commands_hq import ActivatePrices, RefusePrices, StagePrices
from appliance.application.ports import Context, Outcome, UnitOfWork
from appliance.domain.events import PriceListActivated, PriceListStaged
from appliance.domain.events_hq import PriceListRefused
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals_hq import PriceListChanged
from appliance.domain.text import check_id

_REFUSED = "SELECT fingerprint FROM hq_refusals WHERE kind = 'pricelist' AND key = ?"
_PART = (  # the parts are the first events of their list's stream, in order; each is read by itself
    "SELECT json_extract(each.value, '$.product_id'), json_extract(each.value, '$.price')"
    " FROM events, json_each(record, '$.data.prices') AS each WHERE stream_id = ? AND version = ?"
)


_LAST = "SELECT version, type FROM events WHERE stream_id = ? ORDER BY version DESC LIMIT 1"
ACTIVATED = "pricelist.activated"  # as it stands in the log


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """How far a price list has come, as its own stream tells it."""

    parts: int = 0
    active: bool = False


def stage_prices(command: StagePrices, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Put the next part into the log; one that stands there already must say the same."""
    stream, staging = _staging(uow, command.version)
    ids = {"version": command.version, "part": str(command.part)}
    if staging.active or command.part <= staging.parts:
        _check_same(command, uow, staging)
        return Outcome(status=200, ids=ids)
    if command.part != staging.parts + 1:
        raise PriceListChanged(f"Part {staging.parts + 1} of {command.version} comes next, not {command.part}.")
    event = PriceListStaged(version=command.version, part=command.part, prices=command.prices)
    recorded = uow.append(stream, event, context=context, expected=staging.parts)
    return Outcome(status=201, ids=ids, events=recorded)


def activate_prices(command: ActivatePrices, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Put a list in force; refused unless it stands in the log whole."""
    stream, staging = _staging(uow, command.version)
    if staging.active:
        return Outcome(status=200, ids={"version": command.version})
    if staging.parts != command.parts:
        raise PriceListChanged(f"{staging.parts} parts of {command.version} are staged, not {command.parts}.")
    event = PriceListActivated(
        version=command.version, valid_from=command.valid_from, parts=command.parts, products=command.products
    )
    recorded = uow.append(stream, event, context=context, expected=staging.parts)
    return Outcome(status=201, ids={"version": command.version}, events=recorded)


def refuse_prices(command: RefusePrices, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Write down that a list cannot be used."""
    known = uow.query(_REFUSED, (command.key,))
    if known and known[0][0] == command.fingerprint:
        return Outcome(status=200, ids={"key": command.key})
    event = PriceListRefused(
        version=command.version,
        key=command.key,
        fingerprint=command.fingerprint,
        reason=command.reason,
        detail=command.detail,
    )
    return Outcome(
        status=201, ids={"key": command.key}, events=uow.append("pricelist-refusals", event, context=context)
    )


def part_of(uow: UnitOfWork, version: str, number: int) -> dict[str, str]:
    """The prices of a part as it was staged."""
    return dict(uow.query(_PART, (f"pricelist-{version}", number)))


def _staging(uow: UnitOfWork, version: str) -> tuple[str, Staging]:
    """How far it is; told by the stream's last event, since to fold tens of thousands of prices would hold up tills."""
    stream = f"pricelist-{check_id(version, '/version')}"
    for count, kind in uow.query(_LAST, (stream,)):
        active = kind == ACTIVATED
        return stream, Staging(parts=count - active, active=active)
    return stream, Staging()


def _check_same(command: StagePrices, uow: UnitOfWork, staging: Staging) -> None:
    if staging.active:
        raise PriceListChanged(f"{command.version} is in force already and stays as it is.")
    if part_of(uow, command.version, command.part) != {each.product_id: each.price for each in command.prices}:
        raise PriceListChanged(f"Part {command.part} of {command.version} was staged with other prices.")
