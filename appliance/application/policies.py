"""The policy in force: what the box's own settings say, and what head office set over it, as the log tells it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from appliance.application.ports import UnitOfWork
from appliance.domain import policies
from appliance.domain.policies import Said
from appliance.domain.policy import StorePolicy

_SET = "SELECT scope, key, value, since FROM policies"

Standing = tuple[StorePolicy, dict[str, Said]]
Told = Callable[[Mapping[str, Said]], None]
"""Hears what is set from afar, by key, whenever that was read."""


class _Governed(Protocol):
    policy: StorePolicy


class _Transactions(Protocol):
    def run(self, work: Callable[[Any], Standing]) -> Awaitable[Standing]: ...


class Policies:
    """Puts the policy in force into the dispatcher: at the start, and whenever one was changed.

    How the box does its work is told to whoever sees to that.
    """

    def __init__(self, base: StorePolicy, governed: _Governed, transactions: _Transactions, told: Told) -> None:
        self._base = base
        self._told = told
        self._governed = governed
        self._transactions = transactions

    async def rebase(self, base: StorePolicy) -> None:
        """The box's own settings say something else now; what head office set stays over them."""
        self._base = base
        await self.refresh()

    async def refresh(self) -> None:
        """Work by what the log says now; the next command is decided under it."""
        self._governed.policy, found = await self._transactions.run(self._standing)
        self._told(found)

    def _standing(self, uow: UnitOfWork) -> Standing:
        rows = [Said(scope, key, json.loads(value), since) for scope, key, value, since in uow.query(_SET)]
        return policies.standing(self._base, rows)
