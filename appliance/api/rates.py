"""How many requests somebody may send: token buckets in memory, of each device, of all devices and of each stranger.

The event loop is the only one to touch them, so there is nothing to race for. Who has no token takes from the bucket
of their address only: a flood of strangers takes nothing from a till, even behind the same address.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from appliance.api.refusals import TooManyRequests

BURST_SECONDS = 2.0  # of a bucket's rate may be used at once after a rest
MOST_BUCKETS = 4_096  # addresses are the client's to choose


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second: of one device, of all of them, of one address without a token."""

    device: float = 500.0
    total: float = 10_000.0
    stranger: float = 20.0


class Bucket:
    """Fills at its rate up to what a burst may take."""

    __slots__ = ("at", "left", "most", "rate")

    def __init__(self, rate: float, now: float) -> None:
        self.rate = rate
        self.most = max(rate * BURST_SECONDS, 1.0)
        self.left = self.most
        self.at = now

    def take(self, now: float) -> bool:
        """Whether there was one left to take."""
        left = self.left + (now - self.at) * self.rate
        self.at = now
        if left >= 1.0:
            self.left = (min(self.most, left)) - 1.0
            return True
        self.left = left
        return False


class Rates:
    """The buckets of one store."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self.refused = 0
        self._clock = clock
        self._total = Bucket(rate.total, clock())
        self._devices: dict[str, Bucket] = {}
        self._strangers: dict[str, Bucket] = {}

    def change(self, rate: Rate) -> None:
        """From now on these; everybody begins anew with a full bucket."""
        self.rate = rate
        self._total = Bucket(rate.total, self._clock())
        self._devices.clear()
        self._strangers.clear()

    def device(self, device_id: str) -> None:
        """Take one for a request of a device. Raises TooManyRequests."""
        now = self._clock()
        bucket = self._devices.get(device_id)
        if bucket is None:
            bucket = self._devices[device_id] = Bucket(self.rate.device, now)
        if not bucket.take(now):
            raise self._refuse("This device sends", bucket)
        if not self._total.take(now):
            raise self._refuse("All devices together send", self._total)

    def stranger(self, address: str) -> None:
        """Take one for a request without a valid token. Raises TooManyRequests."""
        now = self._clock()
        bucket = self._strangers.get(address)
        if bucket is None:
            if len(self._strangers) >= MOST_BUCKETS:
                self._strangers.clear()
            bucket = self._strangers[address] = Bucket(self.rate.stranger, now)
        if not bucket.take(now):
            raise self._refuse("This address sends", bucket)

    def _refuse(self, who: str, bucket: Bucket) -> TooManyRequests:
        self.refused += 1
        return TooManyRequests(f"{who} more than {bucket.rate:g} requests a second.", retry_after=1)
