"""How the way to head office stands, as far as the one who asks may know."""

from __future__ import annotations

from dataclasses import dataclass

from tui.client import Client, Json
from tui.texts import Texts

OVERSIGHT = frozenset({"supervisor", "manager", "support", "hq"})


@dataclass(frozen=True, slots=True)
class Office:
    """Nothing known, no head office, or how far it has the log."""

    enabled: bool | None = None
    connected: bool = False
    paused: bool = False
    unsent: int | None = None
    oldest: str | None = None
    """When the oldest of what is unsent was recorded."""
    trouble: str = ""

    def say(self, texts: Texts) -> str:
        """In a few words."""
        if not self.enabled:
            return ""
        if self.unsent is None:
            return texts("HQ linked") if self.connected else texts("! HQ away")
        sign = "" if self.connected else "! "
        return sign + (texts("HQ {count} unsent", count=self.unsent) if self.unsent else texts("HQ has all"))


async def ask_office(client: Client, role: str) -> Office:
    """Ask as much as the role may. Raises Away, Refused, SignedOff."""
    if role not in OVERSIGHT:
        return of_health(await client.get("/health"))
    return of_status(await client.get("/sync"))


def of_status(found: Json) -> Office:
    """From the whole account."""
    backlog = found.get("backlog") or {}
    return Office(
        enabled=bool(found.get("enabled")),
        connected=bool(found.get("connected")),
        paused=bool(found.get("paused")),
        unsent=backlog.get("events"),
        oldest=backlog.get("oldest_recorded_at"),
        trouble=str((found.get("trouble") or {}).get("hint") or ""),
    )


def of_health(found: Json) -> Office:
    """From what everybody may know."""
    part = next((each for each in found.get("components", []) if each["name"] == "sync"), None)
    return of_status({} if part is None else part["details"])
