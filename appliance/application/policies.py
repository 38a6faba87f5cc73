"""The policy in force: what the box's own settings say, and what head office set over it, as the log tells it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from appliance.application.ports import UnitOfWork
from appliance.domain import policies
from appliance.domain.policy import StorePolicy

_SET = "SELECT scope, key, value FROM policies"


class _Governed(Protocol):
    policy: StorePolicy


class _Transactions(Protocol):
    def run(self, work: Callable[[Any], StorePolicy]) -> Awaitable[StorePolicy]: ...


class Policies:
    """Puts the policy in force into the dispatcher: at the start, and whenever one was changed."""

    def __init__(self, base: StorePolicy, governed: _Governed, transactions: _Transactions) -> None:
        self._base = base
        self._governed = governed
        self._transactions = transactions

    async def rebase(self, base: StorePolicy) -> None:
        """The box's own settings say something else now; what head office set stays over them."""
        self._base = base
        await self.refresh()

    async def refresh(self) -> None:
        """Work by what the log says now; the next command is decided under it."""
        self._governed.policy = await self._transactions.run(self._in_force)

    def _in_force(self, uow: UnitOfWork) -> StorePolicy:
        rows = [(scope, key, json.loads(value)) for scope, key, value in uow.query(_SET)]
        return policies.in_force(self._base, rows)
