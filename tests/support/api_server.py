"""The application on a real socket, in a thread with a loop of its own: for clients that are not asynchronous."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from tests.support.api import Shop, serving

START_SECONDS = 40.0


@dataclass
class Running:
    """Where it listens, and the token of a device that may do most."""

    url: str
    token: str


@contextlib.contextmanager
def running(data: Path, prepare: "Prepare") -> Iterator[Running]:
    """A store that serves until the block ends; `prepare` fills it first and says which role the token has."""
    thread = _Server(data, prepare)
    thread.start()
    try:
        yield thread.wait()
    finally:
        thread.stop()


class Prepare:
    """What happens to a fresh store before it is served."""

    role = "manager"

    async def __call__(self, shop: Shop) -> None:
        """Nothing, unless overridden."""


class _Server(threading.Thread):
    def __init__(self, data: Path, prepare: Prepare) -> None:
        super().__init__(name="api-server", daemon=True)
        self._data = data
        self._prepare = prepare
        self._ready = threading.Event()
        self._found: Running | None = None
        self._server: uvicorn.Server | None = None

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        async with serving(self._data) as shop:
            await self._prepare(shop)
            with socket.socket() as listener:
                listener.bind(("127.0.0.1", 0))
                config = uvicorn.Config(shop.app, lifespan="off", log_config=None, access_log=False)
                self._server = uvicorn.Server(config)
                address = f"http://127.0.0.1:{listener.getsockname()[1]}"
                self._found = Running(address, await shop.token(self._prepare.role))
                self._ready.set()
                await self._server.serve(sockets=[listener])

    def wait(self) -> Running:
        """Where it listens, once it does."""
        assert self._ready.wait(START_SECONDS), "the server did not start"
        assert self._found is not None
        return self._found

    def stop(self) -> None:
        """End serving and wait for it."""
        if self._server is not None:
            self._server.should_exit = True
        self.join(START_SECONDS)
