"""A provider over REST: answers as the protocol says, or as badly as a fault wants it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from urllib.parse import unquote

from appliance.integration.operations import OPERATIONS, Operation, Port
from appliance.sandbox.http import JSON, Request, Wire
from appliance.sandbox.providers import Providers, Taken

DRIP_SECONDS = 0.25
DRIP_BYTES = 1200  # five minutes of it
HUGE_CHUNK, HUGE_CHUNKS = 65_536, 1024
NOISE_BYTES = 300
MIXED_UP = "another-call"


class RestProvider:
    """One port's routes. `elsewhere` is where a redirect leads."""

    def __init__(self, port: Port, providers: Providers, elsewhere: Callable[[], str]) -> None:
        self._providers = providers
        self._elsewhere = elsewhere
        self._routes = {each.route: each for each in OPERATIONS if each.port == port}

    async def handle(self, request: Request, wire: Wire) -> None:
        """Answer one request."""
        operation, key = self._asked(request)
        if operation is None or not key:
            status = HTTPStatus.NOT_FOUND if operation is None else HTTPStatus.BAD_REQUEST
            await wire.problem(status, "invalid-request", f"{request.method} {request.path} with the key {key!r}")
            return
        taken = self._providers.take(operation, key, {} if operation.is_query else request.json())
        if taken.refusal is not None:
            await wire.problem(HTTPStatus.UNPROCESSABLE_ENTITY, taken.refusal.code, taken.refusal.detail)
        elif taken.fault is None or taken.fault not in MISDEEDS:
            await wire.answer(HTTPStatus.OK, taken.answer)
        else:
            await MISDEEDS[taken.fault](self, wire, taken)

    def _asked(self, request: Request) -> tuple[Operation | None, str]:
        if request.method == "GET":
            route, _, key = request.path.rpartition("/")
            return self._routes.get(route), unquote(key)
        return self._routes.get(request.path), request.headers.get("idempotency-key", "")

    async def busy(self, wire: Wire, taken: Taken) -> None:
        """Say that nothing was done."""
        del taken
        await wire.problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", "Come back later.", processed=False)

    async def error(self, wire: Wire, taken: Taken) -> None:
        """Fail, and say no more."""
        del taken
        await wire.problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "Something broke.")

    async def silent(self, wire: Wire, taken: Taken) -> None:
        """Never answer."""
        del wire, taken
        await asyncio.Event().wait()

    async def drip(self, wire: Wire, taken: Taken) -> None:
        """Answer so slowly that every byte comes before anybody's patience with one read ends."""
        del taken
        await wire.send(wire.head(HTTPStatus.OK, JSON, DRIP_BYTES))
        for _ in range(DRIP_BYTES):
            await wire.send(b" ")
            await asyncio.sleep(DRIP_SECONDS)

    async def twice(self, wire: Wire, taken: Taken) -> None:
        """Answer, and answer again."""
        await wire.answer(HTTPStatus.OK, taken.answer)
        await wire.answer(HTTPStatus.OK, taken.answer)

    async def mixed_up(self, wire: Wire, taken: Taken) -> None:
        """Answer in the name of another call."""
        await wire.answer(HTTPStatus.OK, {**(taken.answer or {}), "key": MIXED_UP})

    async def garbage(self, wire: Wire, taken: Taken) -> None:
        """Answer with noise; the same noise for the same call."""
        noise = random.Random(str(taken.answer)).randbytes(NOISE_BYTES)  # noqa: S311  repeatable on purpose
        await wire.send(wire.head(HTTPStatus.OK, JSON, len(noise)) + noise)

    async def huge(self, wire: Wire, taken: Taken) -> None:
        """Answer without end, or nearly."""
        del taken
        await wire.send(wire.head(HTTPStatus.OK, JSON, HUGE_CHUNK * HUGE_CHUNKS) + b'{"key":"')
        for _ in range(HUGE_CHUNKS):
            await wire.send(b"a" * HUGE_CHUNK)

    async def redirect(self, wire: Wire, taken: Taken) -> None:
        """Send the caller, with its body, to a place it was never told to go to."""
        del taken
        await wire.answer(HTTPStatus.TEMPORARY_REDIRECT, {}, location=self._elsewhere())

    async def reset(self, wire: Wire, taken: Taken) -> None:
        """Break off in the middle of the answer."""
        del taken
        await wire.send(wire.head(HTTPStatus.OK, JSON, DRIP_BYTES) + b'{"key":')
        wire.reset()

    async def reset_before(self, wire: Wire, taken: Taken) -> None:
        """Break off at once."""
        del taken
        wire.reset()


Misdeed = Callable[[RestProvider, Wire, Taken], Awaitable[None]]

# Those that are not here are in the ledger or the answer itself, which is sent as it should be.
MISDEEDS: Mapping[str, Misdeed] = {
    "busy": RestProvider.busy,
    "error": RestProvider.error,
    "error_after": RestProvider.error,
    "timeout": RestProvider.silent,
    "hang": RestProvider.silent,
    "drip": RestProvider.drip,
    "twice": RestProvider.twice,
    "mixed_up": RestProvider.mixed_up,
    "garbage": RestProvider.garbage,
    "huge": RestProvider.huge,
    "redirect": RestProvider.redirect,
    "reset": RestProvider.reset,
    "reset_before": RestProvider.reset_before,
}
