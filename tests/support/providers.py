"""Somebody else's till and van, as far as a test needs them: they keep their word about keys, and a ledger of it all.

`plans` names, by kind of call, what happens to the next calls, first come first: an error to raise before anything is
done, or `late(error)` to do it and then raise. `gates` holds calls up until a test opens them.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from appliance.application import outside as o
from appliance.application.outside import Outside, OutsideError

AnswerT = TypeVar("AnswerT", bound=o.Answer)
AT = "2026-11-24T12:00:00.000000Z"


@dataclass(frozen=True)
class Late:
    """It was carried out, and then this went wrong."""

    error: OutsideError


def late(error: OutsideError | None = None) -> Late:
    """Carried out, and nobody heard."""
    return Late(error or o.OutcomeUnknown("timeout", "no answer"))


@dataclass
class Providers:
    """All faults and the ledger in one place."""

    plans: dict[str, list[OutsideError | Late]] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    reached: dict[str, asyncio.Event] = field(default_factory=dict)
    done: dict[str, o.Answer] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    messages: list[tuple[str, Mapping[str, str] | None]] = field(default_factory=list)
    addresses: list[Mapping[str, str] | None] = field(default_factory=list)
    overcharge: int = 0

    def around(self, local: Outside) -> Outside:
        """The store's own stock behind gates, everybody else here."""
        self.local = local
        return Outside(_Stock(self, local.inventory), _Till(self), _Van(self), _Post(self))

    def hold(self, kind: str) -> asyncio.Event:
        """Hold up the next call of a kind; set the event to let it go on."""
        self.reached[kind] = asyncio.Event()
        self.gates[kind] = asyncio.Event()
        return self.gates[kind]

    async def until(self, kind: str) -> None:
        """Return once a call of a kind is held up."""
        await asyncio.wait_for(self.reached[kind].wait(), 15)

    async def act(self, kind: str, key: str, answer: AnswerT) -> AnswerT:
        """Do something once a key, with what was planned for it."""
        self.calls.append(f"{kind} {key}")
        await self.pause(kind)
        plan = self.plans.get(kind)
        planned = plan.pop(0) if plan else None
        if isinstance(planned, OutsideError):
            raise planned
        found = cast("AnswerT", self.done.setdefault(key, answer))
        if isinstance(planned, Late):
            raise planned.error
        return found

    async def pause(self, kind: str) -> None:
        """Wait at the gate, where there is one."""
        if kind in self.gates:
            self.reached[kind].set()
            await self.gates[kind].wait()

    def query(self, key: str) -> o.Found:
        """What became of a key."""
        return o.Found("done", self.done[key]) if key in self.done else o.Found("absent")

    # --- the judge ----------------------------------------------------------------------------------------------

    def charges(self, order_id: str) -> list[int]:
        """What was taken for an order."""
        return [
            each.amount
            for key, each in self.done.items()
            if isinstance(each, o.Charged) and key.startswith(f"{order_id}:")
        ]

    def refunds(self, order_id: str) -> list[int]:
        """What was given back for an order."""
        return [
            each.amount
            for key, each in self.done.items()
            if isinstance(each, o.Refunded) and key.startswith(f"{order_id}:")
        ]


class _Stock:
    def __init__(self, world: Providers, local: o.Inventory) -> None:
        self._world, self._local = world, local

    async def check_availability(self, items: Sequence[o.Wanted]) -> o.Availability:
        await self._world.pause("check")
        return await self._local.check_availability(items)

    async def reserve(self, key: str, order_id: str, items: Sequence[o.Wanted], *, expires_in_s: int) -> o.Reserved:
        await self._world.pause("reserve")
        return await self._local.reserve(key, order_id, items, expires_in_s=expires_in_s)

    async def release(self, key: str, reservation_id: str) -> o.Done:
        return await self._local.release(key, reservation_id)

    async def query(self, key: str) -> o.Found:
        return await self._local.query(key)


class _Till:
    def __init__(self, world: Providers) -> None:
        self._world = world

    async def charge(self, key: str, order_id: str, amount: int, currency: str) -> o.Charged:
        del order_id
        answer = o.Charged(f"t-{len(self._world.done)}", amount + self._world.overcharge, currency, AT)
        return await self._world.act("charge", key, answer)

    async def refund(self, key: str, transaction_id: str, amount: int) -> o.Refunded:
        return await self._world.act("refund", key, o.Refunded(f"r-{transaction_id}", amount))

    async def query(self, key: str) -> o.Found:
        return self._world.query(key)


class _Van:
    def __init__(self, world: Providers) -> None:
        self._world = world

    async def create(self, key: str, order_id: str, kind: str, address: Mapping[str, str] | None) -> o.Shipped:
        self._world.addresses.append(address)
        return await self._world.act("ship", key, o.Shipped(f"h-{order_id}", kind, "JD1", "2026-11-27"))

    async def cancel(self, key: str, shipment_id: str) -> o.Done:
        return await self._world.act("unship", key, o.Done(shipment_id))

    async def query(self, key: str) -> o.Found:
        return self._world.query(key)


class _Post:
    def __init__(self, world: Providers) -> None:
        self._world = world

    async def send(
        self, key: str, kind: str, recipient: Mapping[str, str] | None, content: Mapping[str, Any]
    ) -> o.Done:
        del content
        done = await self._world.act("send", key, o.Done("m"))
        self._world.messages.append((kind, recipient))
        return done

    async def query(self, key: str) -> o.Found:
        return self._world.query(key)
