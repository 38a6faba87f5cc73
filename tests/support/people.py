"""Operators of a shop, signed on at its devices."""

from dataclasses import dataclass
from typing import Any

import httpx

from appliance.eventstore.uptime import Moment
from tests.support.api import Shop

PINS = {"carl": "8264", "anna": "4711", "mona": "9305", "sven": "6183", "hana": "7252"}
ROLES = {"carl": "cashier", "anna": "supervisor", "mona": "manager", "sven": "support", "hana": "hq"}


@dataclass
class Uptime:
    """The machine's running time, as a test sets it."""

    ms: int = 1_000_000
    boot: str = "boot-1"

    def __call__(self) -> Moment:
        return Moment(self.boot, self.ms)

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.ms += int(seconds * 1000)


def timed(shop: Shop) -> Uptime:
    """The shop's running time, in the test's hand from here on."""
    uptime = Uptime()
    shop.services.people.uptime = uptime
    return uptime


async def hire(shop: Shop, *operators: str) -> None:
    """Operators with the role and PIN of their name."""
    for operator in operators:
        body = {"operator_id": operator, "name": operator.title(), "role": ROLES[operator]}
        added = await shop.post("/operators", body, role=None, local=True)
        pin = await shop.put(f"/operators/{operator}/pin", {"pin": PINS[operator]}, role=None, local=True)
        assert (added.status_code, pin.status_code) == (201, 200)


async def sign_on(shop: Shop, operator: str, *, pin: str | None = None, device: str = "cashier") -> httpx.Response:
    """Try to sign an operator on at the device of a role."""
    return await shop.post("/sessions", {"operator": operator, "pin": pin or PINS[operator]}, role=device)


async def session(shop: Shop, operator: str, *, device: str = "cashier") -> dict[str, str]:
    """What a request carries when the operator is signed on at the device."""
    answer = await sign_on(shop, operator, device=device)
    assert answer.status_code == 201, answer.text
    return {"backroom-session": answer.json()["session"]}


async def approval(shop: Shop, operator: str, action: str, **options: Any) -> dict[str, str]:
    """What a request carries when the operator approves the action of a till."""
    body = {"operator": operator, "pin": PINS[operator], "action": action}
    answer = await shop.post("/approvals", body, **{"role": "cashier", **options})
    assert answer.status_code == 201, answer.text
    return {"backroom-approval": answer.json()["approval"]}


async def last_event(shop: Shop, kind: str) -> dict[str, Any]:
    """The data of the last event of a type."""
    items = (await shop.get("/events?limit=500")).json()["items"]
    found: dict[str, Any] = next(each["data"] for each in reversed(items) if each["type"] == kind)
    return found
