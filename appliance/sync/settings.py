"""Policies from head office's SETTINGS bucket, held against what the log says is in force; each difference an event.

A key is `common.<policy>` or `<store>.<policy>`, its value JSON. What cannot be used is refused with the reason as an
event, once for the same value, and what was in force stays.
"""

from __future__ import annotations

import json
import logging
from functools import partial
from hashlib import sha256
from typing import Any

from appliance.application.commands_hq import ChangePolicy, RefusePolicy
from appliance.application.ports import Context, UnitOfWork
from appliance.domain.policies import CHANGES
from appliance.domain.refusals import Refusal
from appliance.domain.refusals_hq import InvalidPolicy
from appliance.eventstore.ids import uuid7
from appliance.sync import subjects
from appliance.sync.bucket import Contents, Value, scope_of
from appliance.sync.connection import Session
from appliance.sync.subscriber import NOT_NOW, Store, StoreNotReady

MAX_VALUE_BYTES = 64 * 1024
MAX_DETAIL = 500
_log = logging.getLogger("backroom.sync")
_PRESENT = "SELECT scope, key FROM policies WHERE scope IN ('common', 'store')"


class Settings:
    """Takes what the bucket holds; a callback of its reader."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.changed = 0
        self.refused = 0

    async def __call__(self, session: Session, contents: Contents) -> None:
        """Make the policies in force what the bucket says."""
        del session
        try:
            await self.take(contents)
        except NOT_NOW as error:
            raise StoreNotReady(error.detail) from error

    async def names(self) -> list[str]:
        """The keys of all policies that there can be."""
        return [f"{scope}.{key}" for scope in (subjects.COMMON, self._store.store_id) for key in CHANGES]

    async def take(self, contents: Contents) -> None:
        """The same, for what was read."""
        found = {
            scoped: value for key, value in contents.values.items() if (scoped := scope_of(key, self._store.store_id))
        }
        if contents.whole:
            present = await self._store.writer.run(lambda uow: uow.query(_PRESENT))
            for scope, key in present:
                found.setdefault((scope, key), Value(0, None))
        changed = 0
        for (scope, key), value in sorted(found.items()):
            events, refused = await self._store.writer.run(partial(self._set, scope=scope, key=key, value=value))
            changed += events
            if refused is not None:
                self.refused += 1
                said = (scope, refused.key, refused.detail, refused.reason)
                _log.warning("sync: head office's policy %s.%s is refused: %s (%s)", *said)
        if changed:
            await self._store.refresh()
            self.changed += changed  # only now are they in force

    def _set(self, uow: UnitOfWork, *, scope: str, key: str, value: Value) -> tuple[int, RefusePolicy | None]:
        """Change one policy, or write down why not; how many changed, and what was refused that was not before."""
        context = Context(command_id=uuid7(), occurred_at=self._store.clock(), role="hq", device="hq")
        try:
            told = _decoded(value.body)
            command = ChangePolicy(scope=scope, key=key, value=told, revision=value.revision)
            outcome = uow.attempt(lambda within: self._store.run(command, within, context))
        except Refusal as refusal:
            fingerprint = sha256(f"{key}\n".encode() + (value.body or b"")).hexdigest()
            said = {"reason": refusal.code, "detail": refusal.detail[:MAX_DETAIL]}
            refuse = RefusePolicy(
                scope=scope, key=key[:MAX_DETAIL], fingerprint=fingerprint, revision=value.revision, **said
            )
            return 0, refuse if self._store.run(refuse, uow, context).events else None
        return len(outcome.events), None


def _decoded(body: bytes | None) -> Any:
    if body is None:
        return None
    if len(body) > MAX_VALUE_BYTES:
        raise InvalidPolicy(f"The value has {len(body)} bytes; {MAX_VALUE_BYTES} is the most.")
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidPolicy("The value is not valid JSON.") from error
    if value is None:
        raise InvalidPolicy("null is no value; delete the key to take a policy back.")
    return value


def _no_constant(text: str) -> Any:
    message = f"{text} is no JSON"
    raise ValueError(message)
