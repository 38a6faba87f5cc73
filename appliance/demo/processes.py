"""The two processes of the demonstration: head office's nats-server, and a store, as they are run for good."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from appliance.demo.failures import DemoFailed, ServerMissing

START_SECONDS = 30.0
STOP_SECONDS = 15.0
_LOOK_SECONDS = 0.02


def nats_server() -> Path:
    """The server's program, beside this interpreter or on the PATH. Raises ServerMissing."""
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        detail = f"It is neither beside {sys.executable} nor on the PATH."
        raise ServerMissing(detail)
    return Path(found)


@asynccontextmanager
async def head_office(program: Path, folder: Path) -> AsyncIterator[int]:
    """A server whose acknowledgements are durable, with the accounts in `folder`/hq; the port it listens on."""
    port = _free_port()
    config = folder / "hq.conf"
    config.write_text(
        f'listen: "127.0.0.1:{port}"\nserver_name: "demo-hq"\n'
        f'jetstream {{ store_dir: "{folder / "jetstream"}", sync_interval: always }}\n'
        f'include "hq/accounts.conf"\n'
    )
    log = folder / "hq.log"
    async with _process(str(program), "-c", str(config), "-l", str(log)) as process:
        await _listening(process, port, log)
        yield port


@asynccontextmanager
async def store(data: Path, settings: Mapping[str, str]) -> AsyncIterator[dict[str, Any]]:
    """A store of its own, filled with the catalogue of a first start; what it says when it is ready.

    It runs beside its data directory and names it in short: a socket's path may not be long.
    """
    log = data.with_suffix(".log")
    command = [sys.executable, "-m", "appliance", "run", "--data", data.name, "--port", "0"]
    with log.open("wb") as errors:
        started = _process(
            *command, "--first-start-catalogue", "--json",
            cwd=data.parent, env={**os.environ, **settings}, stdout=asyncio.subprocess.PIPE, stderr=errors,
        )  # fmt: skip
        async with started as process:
            if process.stdout is None:
                raise DemoFailed("The store has no output.")
            said = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
            if not said:
                raise DemoFailed(f"The store ended: {log.read_text(errors='replace')[-300:]}")
            yield json.loads(said)


@asynccontextmanager
async def _process(*command: str, **options: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(*command, **options)
    try:
        yield process
    finally:
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


async def _listening(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    deadline = asyncio.get_running_loop().time() + START_SECONDS
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        if process.returncode is not None or asyncio.get_running_loop().time() > deadline:
            said = log.read_text(errors="replace")[-300:] if log.exists() else ""  # noqa: ASYNC240  a few lines
            raise DemoFailed(f"nats-server does not listen: {said}")
        await asyncio.sleep(_LOOK_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
