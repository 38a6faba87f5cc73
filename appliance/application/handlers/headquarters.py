"""Recalls, registers that are shut, transfers between stores, and policies."""

from __future__ import annotations

import json
from typing import Any

from appliance.application import facts
from appliance.application.commands_hq import (
    ChangePolicy,
    LiftRecall,
    RecallProduct,
    RefusePolicy,
    ReopenRegister,
    ShutRegister,
    TransferStock,
)
from appliance.application.handlers.lines import known_product
from appliance.application.ports import Context, Outcome, UnitOfWork
from appliance.domain import policies, restrictions, stock
from appliance.domain.document import check_lines
from appliance.domain.events import Event
from appliance.domain.events_hq import SettingsChanged, SettingsRefused
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import Refusal, RegisterNotFound
from appliance.domain.refusals_hq import InvalidPolicy
from appliance.domain.text import MAX_ID, check_choice, check_id

_VALUE = "SELECT value FROM policies WHERE scope = ? AND key = ?"
_REFUSED = "SELECT fingerprint FROM hq_refusals WHERE kind = 'setting' AND key = ?"
_TAXED = "SELECT DISTINCT tax_code FROM products WHERE active = 1"


def recall_product(command: RecallProduct, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Call a product back."""
    product = known_product(uow, command.product_id)
    event = restrictions.recall(product, command.recall_id, command.reason)
    recorded = uow.append(f"product-{event.product_id}", event, context=context)
    return Outcome(status=201, ids={"product_id": event.product_id}, events=recorded)


def lift_recall(command: LiftRecall, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Let a product be sold again; a recall that is not there is lifted already."""
    product = known_product(uow, command.product_id)
    event = restrictions.lift(product, command.recall_id, command.reason)
    return _maybe(uow, f"product-{product.product_id}", event, context, product_id=product.product_id)


def shut_register(command: ShutRegister, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Take no more sales on a register; its drawer works on."""
    standing = _register(uow, command.register_id)
    event = restrictions.shut(command.register_id, standing.shut, command.reason)
    return _maybe(uow, f"register-{command.register_id}", event, context, register_id=command.register_id)


def reopen_register(command: ReopenRegister, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Take sales on a register again."""
    standing = _register(uow, command.register_id)
    event = restrictions.reopen(command.register_id, standing.shut, command.reason)
    return _maybe(uow, f"register-{command.register_id}", event, context, register_id=command.register_id)


def transfer_stock(command: TransferStock, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    """Book goods that came from another store or went to it, one event a line."""
    transfer_id = check_id(command.transfer_id, "/transfer_id")
    other = check_id(command.other_store, "/other_store")
    check_lines(len(command.lines), policy)
    events = []
    for index, line in enumerate(command.lines):
        try:
            product = known_product(uow, line.product_id)
            events.append(
                stock.transfer(product, line.quantity, transfer_id, other_store=other, incoming=command.incoming)
            )
        except Refusal as refusal:
            raise refusal.within(f"/lines/{index}") from None
    recorded = [each for event in events for each in uow.append(f"stock-{event.product_id}", event, context=context)]
    return Outcome(status=201, ids={"transfer_id": transfer_id}, events=recorded)


def change_policy(command: ChangePolicy, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:
    """Set a policy; the same again changes nothing."""
    check_choice(command.scope, policies.SCOPES, "/scope")
    rows = uow.query(_VALUE, (command.scope, command.key))
    present = json.loads(rows[0][0]) if rows else None
    if command.value is not None:
        _check_taxes(uow, policies.changed(policy, command.key, command.value))
    if command.value == present:
        return Outcome(status=200, ids={"key": command.key})
    event = SettingsChanged(scope=command.scope, key=command.key, value=command.value, revision=command.revision)
    return _maybe(uow, "settings", event, context, key=command.key)


def refuse_policy(command: RefusePolicy, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Write down that a policy cannot be used."""
    event = SettingsRefused(
        scope=command.scope,
        key=command.key,
        fingerprint=command.fingerprint,
        reason=command.reason,
        detail=command.detail,
        revision=command.revision,
    )
    known = uow.query(_REFUSED, (f"{command.scope}.{command.key}",))
    told = bool(known) and known[0][0] == command.fingerprint
    return _maybe(uow, "settings", None if told else event, context, key=command.key)


def _check_taxes(uow: UnitOfWork, policy: StorePolicy) -> None:
    """Refuse to take away a tax that something is sold under: selling would stop."""
    missing = sorted({code for (code,) in uow.query(_TAXED)} - set(policy.taxes))
    if missing:
        raise InvalidPolicy(f"Products are sold under {', '.join(missing)}, which would be gone.", at="/value")


def _register(uow: UnitOfWork, register_id: str) -> facts.Standing:
    standing = facts.register(uow, register_id)
    if standing is None:
        raise RegisterNotFound(f"There is no register {register_id[:MAX_ID]!r}.")
    return standing


def _maybe(uow: UnitOfWork, stream: str, event: Event | None, context: Context, **ids: Any) -> Outcome:
    """The outcome of a command that may find everything as it wants it."""
    if event is None:
        return Outcome(status=200, ids=ids)
    return Outcome(status=201, ids=ids, events=uow.append(stream, event, context=context))
