"""The sandbox's own interface: faults, outages, stock, and the ledger for whoever judges."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from appliance.integration.operations import PORTS, Port
from appliance.sandbox.faults import FAULTS, BadFault
from appliance.sandbox.http import Request, Wire
from appliance.sandbox.providers import Providers
from appliance.sandbox.verdict import verdict

TRAP = "/trap"  # where redirects lead; whoever comes here followed one
Answer = tuple[int, Any]
Outage = Callable[[Port, bool], Awaitable[None]]


@dataclass(slots=True)
class Control:
    """What can be asked of the sandbox beside its providers' business."""

    providers: Providers
    addresses: Callable[[], Mapping[str, Any]]
    set_up: Outage
    trapped: list[str] = field(default_factory=list)

    async def handle(self, request: Request, wire: Wire) -> None:
        """Answer one request."""
        try:
            status, answer = await self._answer(request)
        except (BadFault, ValueError, KeyError, TypeError, AttributeError) as error:
            await wire.problem(HTTPStatus.BAD_REQUEST, "invalid-request", str(error))
            return
        await wire.answer(status, answer)

    async def _answer(self, request: Request) -> Answer:
        if request.path.startswith(TRAP):
            self.trapped.append(f"{request.method} {request.path}")
            return HTTPStatus.OK, {}
        _, *parts = request.path.split("/")
        match request.method, parts:
            case "PUT", ["control", "stock", product]:
                self.providers.ledger.set_stock(unquote(product), str(request.json()["quantity"]))
                return HTTPStatus.OK, {}
            case "PUT", ["control", "providers", port] if port in PORTS:
                await self.set_up(port, bool(request.json()["up"]))
                return HTTPStatus.OK, {}
        served = _ROUTES.get((request.method, request.path))
        if served is None:
            routes = ", ".join(f"{method} {path}" for method, path in _ROUTES)
            return HTTPStatus.NOT_FOUND, {"detail": f"There are: {routes}"}
        return served(self, request)

    def about(self, request: Request) -> Answer:
        """Where everything is, and which faults there are."""
        del request
        return HTTPStatus.OK, {**self.addresses(), "seed": self.providers.plan.seed, "faults": dict(FAULTS)}

    def ledger(self, request: Request) -> Answer:
        """What was done and refused, by provider, and whether it adds up."""
        del request
        ledger = self.providers.ledger
        entries: dict[str, list[Any]] = {port: [] for port in PORTS}
        for each in ledger.entries():
            entries[each.provider].append(each.as_json())
        return HTTPStatus.OK, {**entries, "verdict": verdict(ledger)}

    def calls(self, request: Request) -> Answer:
        """Every call that came in, and who followed a redirect."""
        del request
        return HTTPStatus.OK, {"calls": self.providers.ledger.calls(), "trapped": self.trapped}

    def faults(self, request: Request) -> Answer:
        """The rules in force."""
        del request
        return HTTPStatus.OK, {"rules": [each.as_json() for each in self.providers.plan.rules]}

    def add_fault(self, request: Request) -> Answer:
        """One more rule."""
        return HTTPStatus.CREATED, self.providers.plan.add(request.json()).as_json()

    def clear_faults(self, request: Request) -> Answer:
        """No rule at all."""
        self.providers.plan.clear()
        return self.faults(request)


_ROUTES: Mapping[tuple[str, str], Callable[[Control, Request], Answer]] = {
    ("GET", "/"): Control.about,
    ("GET", "/ledger"): Control.ledger,
    ("GET", "/calls"): Control.calls,
    ("GET", "/control/faults"): Control.faults,
    ("POST", "/control/faults"): Control.add_fault,
    ("DELETE", "/control/faults"): Control.clear_faults,
}
