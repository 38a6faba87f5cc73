"""The claim: which box publishes as this store. Head office keeps one for each store, changed by compare-and-set.

A clone finds the claim of another machine and does not publish. A box that held the claim and finds that somebody
with the same machine id took it over is one of two that both believe to be this store: it stops publishing as well.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import msgspec

from appliance.sync import subjects
from appliance.sync.headquarters import Headquarters
from appliance.sync.troubles import ClaimHeld


@dataclass(frozen=True, slots=True)
class Life:
    """The life of the log that is published."""

    incarnation: int
    base: int


class Holder(msgspec.Struct, frozen=True):
    """What stands in the claim."""

    machine: str
    incarnation: int
    base: int = 0
    session: str = ""  # of the process that took it


class Outlived(Exception):
    """Head office knows a later life of this store on this machine: ours was begun from an older copy."""

    def __init__(self, incarnation: int) -> None:
        super().__init__(incarnation)
        self.incarnation = incarnation


class Claim:
    """This process's hold on the claim."""

    def __init__(self, machine: str) -> None:
        self._machine = machine
        self._session = secrets.token_hex(8)
        self._holds = False
        self._revision = 0  # of the last we wrote: an older one means that head office went back, not that we lost it

    @property
    def holds(self) -> bool:
        """Whether it was ours when last looked at."""
        return self._holds

    def renew(self) -> None:
        """Begin again as a process that has never held it: what an operator asks for by resuming."""
        self._holds = False

    async def hold(self, hq: Headquarters, life: Life) -> None:
        """Make sure that the claim is ours. Raises ClaimHeld, Outlived, or Doubt where somebody was faster."""
        entry = await hq.entry(subjects.CLAIMS_BUCKET, hq.store_id)
        ours = Holder(self._machine, life.incarnation, life.base, self._session)
        found = read(entry.value)
        if found == ours:
            self._holds = True
            return
        if found is not None:
            self._see(found, ours, entry.revision)
        value = msgspec.json.encode(ours)
        self._revision = await hq.put(subjects.CLAIMS_BUCKET, hq.store_id, value, entry.revision)
        self._holds = True

    def _see(self, found: Holder, ours: Holder, revision: int) -> None:
        if found.machine != ours.machine:
            self._holds = False
            raise ClaimHeld(
                f"Head office's claim is held by machine {found.machine} (incarnation {found.incarnation}); "
                f"this is machine {ours.machine}."
            )
        if self._holds and found.session != ours.session and revision > self._revision:
            raise ClaimHeld(
                f"Another process with this machine's id {ours.machine} took the claim "
                f"(incarnation {found.incarnation}): there are two boxes with one identity."
            )
        if found.incarnation > ours.incarnation:
            raise Outlived(found.incarnation)


def read(value: bytes) -> Holder | None:
    """The holder in a claim's value; None where there is none, or nothing that can be read."""
    if not value:
        return None
    try:
        return msgspec.json.decode(value, type=Holder)
    except msgspec.MsgspecError:
        return None
