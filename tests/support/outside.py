"""The outside world for tests: a switchboard pointed at a sandbox in this process, and adapters to try contracts on."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.application.outside import Outside, OutsideError
from appliance.integration.operations import PORTS, Port
from appliance.integration.settings import IntegrationSettings
from appliance.integration.switchboard import Locals, Surroundings, Switchboard
from appliance.sandbox.sandbox import Sandbox, running
from tests.support.api import serving, stocked

QUICK_SECONDS = 1.0  # what a call may take where a fault makes it take all of it


class NoLocal(AssertionError):
    """A test used an adapter that it did not bring."""


def no_locals() -> Locals:
    """Built-in adapters of a test that uses none."""

    def absent(settings: object, token: str) -> Any:
        return None

    return Locals(inventory=absent, payment=absent, shipping=absent, notification=absent)


def settings_for(sandbox: Sandbox, adapter: str, ports: tuple[Port, ...] = PORTS, **more: Any) -> IntegrationSettings:
    """These ports at the sandbox, the others local."""
    address = {"rest": sandbox.rest, "grpc": sandbox.grpc}[adapter]
    return IntegrationSettings.model_validate(
        {port: {"adapter": adapter, "address": address(port), **more} for port in ports}
    )


@asynccontextmanager
async def connected(
    settings: IntegrationSettings, surroundings: Surroundings | None = None, local: Locals | None = None
) -> AsyncIterator[Switchboard]:
    """A switchboard until the block is left."""
    board = Switchboard(local or no_locals(), settings, surroundings)
    try:
        yield board
    finally:
        await board.close()


SetStock = Callable[[str, str], Awaitable[None]]


@dataclass(frozen=True)
class Tried:
    """Adapters that a contract is tried on, and how their provider's stock is set.

    The store's own payment only keeps a record: who knows how much was taken is the cash box, so it judges nothing.
    """

    outside: Outside
    set_stock: SetStock
    judges_money: bool = True


@asynccontextmanager
async def _sandboxed(adapter: str, folder: Path) -> AsyncIterator[Tried]:
    async with running(folder / "ledger.db", seed=1) as sandbox:  # noqa: SIM117  one after the other
        async with connected(settings_for(sandbox, adapter)) as board:

            async def set_stock(product: str, quantity: str) -> None:
                sandbox.ledger.set_stock(product, quantity)

            yield Tried(board.outside, set_stock)


@asynccontextmanager
async def _built_in(folder: Path) -> AsyncIterator[Tried]:
    async with serving(folder / "data") as empty:
        shop = await stocked(empty)

        async def set_stock(product: str, quantity: str) -> None:
            counted = {"lines": [{"product_id": product, "counted": quantity}]}
            assert (await shop.post("/stock/counts", counted)).status_code == 201

        yield Tried(shop.services.outside.outside, set_stock, judges_money=False)


Try = Callable[[Path], AbstractAsyncContextManager[Tried]]

# Every kind of adapter that must keep the contracts; a line here is all that another one needs.
ADAPTERS: Mapping[str, Try] = {
    "rest": lambda folder: _sandboxed("rest", folder),
    "grpc": lambda folder: _sandboxed("grpc", folder),
    "local": _built_in,
}


async def ended(call: Any) -> Any:
    """How a call ends: its answer, or the error it raised."""
    try:
        return await call
    except OutsideError as error:
        return error
