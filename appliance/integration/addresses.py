"""Which instance of a provider a call goes to: the configured one, or one of those that a look-up finds healthy.

What was found is kept for 30 s and looked up again in the background, so no call waits for a name server but the
first. A look-up that fails leaves what was known; where nothing is known the configured address is used. An instance
that refused a connection is passed over until the next look-up.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from appliance.integration.breaker import Breaker, BreakerOpen
from appliance.integration.hosts import Endpoint

REFRESH_SECONDS = 30.0
LOOK_UP_SECONDS = 2.0  # for one look-up; the first call waits no longer
SRV = "appliance.integration.srv"  # loaded where a provider is found by DNS: every other start is spared it

Pause = Callable[[float], Awaitable[None]]

_log = logging.getLogger("backroom.integration")


class LookUpFailed(Exception):
    """Nobody could say where the instances are."""


class Resolver(Protocol):
    """A way to find the instances of a provider."""

    async def look_up(self) -> Sequence[Endpoint]:
        """The healthy instances. Raises LookUpFailed."""
        ...


def by_srv(name: str) -> Resolver:
    """Instances from DNS."""
    found: Resolver = importlib.import_module(SRV).SrvResolver(name)
    return found


class Addresses(Protocol):
    """Where a provider's instances are."""

    async def choose(self) -> Sequence[Endpoint]:
        """Instances in the order in which to try to connect; never empty."""
        ...

    def refused(self, endpoint: Endpoint) -> None:
        """An instance could not be connected to."""
        ...

    async def close(self) -> None:
        """Look up nothing any more."""
        ...


class Fixed:
    """The configured address and no other."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._only = (endpoint,)

    async def choose(self) -> Sequence[Endpoint]:
        """The one there is."""
        return self._only

    def refused(self, endpoint: Endpoint) -> None:
        """Nothing to do: there is no other."""

    async def close(self) -> None:
        """Nothing to do."""


class Discovered:
    """Instances that a resolver finds, with the configured address to fall back on."""

    def __init__(
        self,
        resolver: Resolver,
        fallback: Endpoint,
        *,
        breaker: Breaker | None = None,
        chance: random.Random | None = None,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._resolver = resolver
        self._fallback = fallback
        self._breaker = breaker or Breaker()
        self._chance = chance or random.Random()  # noqa: S311  spreads load, guards nothing
        self._pause = pause
        self._known: Sequence[Endpoint] = ()
        self._avoided: set[Endpoint] = set()
        self._first: asyncio.Task[None] | None = None
        self._refreshing: asyncio.Task[None] | None = None

    async def choose(self) -> Sequence[Endpoint]:
        """The known instances in random order, those that refused last; the fallback where none is known."""
        if self._first is None:
            self._first = asyncio.create_task(self._look_up())
            self._refreshing = asyncio.create_task(self._keep_fresh())
        await asyncio.shield(self._first)
        if not self._known:
            return (self._fallback,)
        shuffled = self._chance.sample(self._known, len(self._known))
        return sorted(shuffled, key=self._avoided.__contains__)

    def refused(self, endpoint: Endpoint) -> None:
        """Pass this one over while another is there."""
        self._avoided.add(endpoint)

    async def close(self) -> None:
        """End the look-ups in the background."""
        running = [task for task in (self._first, self._refreshing) if task is not None]
        for task in running:
            task.cancel()
        for task in running:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _keep_fresh(self) -> None:
        while True:
            await self._pause(REFRESH_SECONDS)
            await self._look_up()

    async def _look_up(self) -> None:
        try:
            found = await self._breaker.run(self._asked)
        except BreakerOpen:
            return
        except LookUpFailed as failure:
            _log.warning("discovery failed, going on with what is known: %s", failure)
            return
        self._known = tuple(dict.fromkeys(found))
        self._avoided.clear()

    async def _asked(self) -> Sequence[Endpoint]:
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                return await self._resolver.look_up()
        except TimeoutError:
            raise LookUpFailed(f"no answer within {LOOK_UP_SECONDS:.0f} s") from None
