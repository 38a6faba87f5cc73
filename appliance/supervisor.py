"""Start and stop of the whole appliance, in one documented order.

Under systemd it says when it is ready, feeds the watchdog as long as the writer works, and says when it stops.

Start: settings, store (lock, migrations, head, writer), projections that decisions read, readers, sagas (definitions
checked, messages of a dead process given back, worker), control socket, HTTP, ready, then the scrub and the projections
that may come later.
Reload, on SIGHUP: the settings are read again, and what may change is changed (`appliance.reloading`).
Stop, on SIGTERM, SIGINT or a failed disk: feeds end, HTTP takes no more and finishes what runs, sagas give back what
they had fetched and hear out what runs, the writer commits what is queued, files close, the lock is given back. All
within `STOP_SECONDS`.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import uvicorn
import uvloop

from appliance import __version__, barcodes
from appliance.api.app import create_app
from appliance.api.server import Caps, Gate, GuardedProtocol, configuration, protocol
from appliance.api.services import Services
from appliance.bootstrap import opened
from appliance.config import Settings
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.lan import Lan, open_lan
from appliance.notify import Notifier, written
from appliance.process import settle_garbage_collector
from appliance.reloading import Reload
from appliance.sockets import addressed
from appliance.upgrading.settling import settling

_log = logging.getLogger("backroom.supervisor")

STOP_SECONDS = 10
DRAIN_SECONDS = 4  # for requests under way at a stop; the rest is the writer's
SOCKET_MODE = 0o660
BACKLOG = 1024
MDNS = "appliance.mdns"  # loaded where it is wanted: every other start is spared it
EXIT_DISK_FAILED = 74  # sysexits EX_IOERR: a supervisor such as systemd starts the store again, which re-reads the file

AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Running:
    """What somebody who starts a store wants to know."""

    url: str
    control_socket: Path
    services: Services
    lan: Lan


Ready = Callable[[Running], Awaitable[None]]


class _Server(uvicorn.Server):
    """uvicorn without its signal handling: the appliance has one place for signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def local(app: AsgiApp) -> AsgiApp:
    """Mark requests that come over the control socket: who may open it needs no token."""

    async def marked(scope: Any, receive: Any, send: Any) -> None:
        scope["backroom.local"] = True
        await app(scope, receive, send)

    return marked


def serve(settings: Settings, ready: Ready, reload: Reload | None = None, safe_mode: str | None = None) -> int:
    """Run the appliance until it is told to stop; returns the process's exit code. `reload` reads the settings anew."""
    return uvloop.run(_serve(settings, ready, reload or (lambda: settings), safe_mode))


async def _serve(settings: Settings, ready: Ready, reload: Reload, safe_mode: str | None) -> int:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    systemd = Notifier.of(os.environ)
    async with AsyncExitStack() as stack:
        async with systemd.starting(written(settings.data_dir)):
            services = await stack.enter_async_context(opened(settings, safe_mode=safe_mode))
        _stop_on_failure(services, stop)
        app = create_app(services)
        gate = _gate(services)
        if services.reloader is not None:
            services.reloader.attend(gate)
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, services.reloader.read_again, reload)
        with _listening(settings, services.paths.socket) as (tcp, control):
            servers = [_server(app, protocol(gate)), _server(local(app), "httptools")]
            tasks = [
                asyncio.create_task(server.serve(sockets=[each]))
                for server, each in zip(servers, (tcp, control), strict=True)
            ]
            await _started(servers, tasks)
            watch = asyncio.create_task(gate.watch())
            lan = await open_lan(settings, services.paths, servers[0])
            settle_garbage_collector()
            await ready(Running(_url(tcp), services.paths.socket, services, lan))
            systemd.tell(READY="1", STATUS=_status(tcp, safe_mode))
            window = settling(settings.data_dir, __version__, settings.upgrade.window_seconds)
            watched = systemd.watched(lambda: services.writer.run(_nothing))
            async with watched, _announced(settings, lan), window:
                await asyncio.to_thread(barcodes.prepare)  # not before: nothing that is sold by its own code needs it
                await stop.wait()
            systemd.tell(STOPPING="1", STATUS="Finishing what is under way")
            services.stopping.set()
            for server in servers:
                server.should_exit = True
            await asyncio.gather(*tasks)
            watch.cancel()
        return 0 if services.writer.failure is None else EXIT_DISK_FAILED


def _announced(settings: Settings, lan: Lan) -> contextlib.AbstractAsyncContextManager[None]:
    """Tell the network where the store is, where that is wanted and it is served there."""
    if not settings.announced or lan.port is None:
        return contextlib.nullcontext()
    mdns: Any = importlib.import_module(MDNS)
    store, host = settings.store, str(settings.tls.host)
    told = mdns.Announcement(store.id, store.name, host, lan.port, lan.fingerprint or "")
    announced: contextlib.AbstractAsyncContextManager[None] = mdns.announced(told)
    return announced


def _status(tcp: socket.socket, safe_mode: str | None) -> str:
    return f"Selling on {_url(tcp)}" if safe_mode is None else f"Safe mode, no changes are taken: {safe_mode}"


def _nothing(uow: UnitOfWork) -> None:
    """A command that changes nothing: that it comes back says that the writer is at work."""
    del uow


def _gate(services: Services) -> Gate:
    gate = Gate(Caps())
    services.metrics.watch(
        {
            "backroom_http_connections": lambda: gate.connections,
            "backroom_http_connections_cut_total": lambda: gate.cut,
            "backroom_http_connections_refused_total": lambda: gate.refused,
            "backroom_http_requests_limited_total": lambda: services.rates.refused,
        }
    )
    return gate


def _server(app: AsgiApp, http: type[GuardedProtocol] | Literal["httptools"]) -> _Server:
    return _Server(configuration(app, http, drain_seconds=DRAIN_SECONDS, backlog=BACKLOG))


async def _started(servers: Sequence[_Server], tasks: Sequence[asyncio.Task[None]]) -> None:
    while not all(server.started for server in servers):
        for task in tasks:
            if task.done():
                task.result()
        await asyncio.sleep(0.005)


def _stop_on_failure(services: Services, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def failed(error: BaseException) -> None:
        _log.critical("the disk failed: %s; stopping so that a fresh start re-reads the file", error)
        loop.call_soon_threadsafe(stop.set)

    services.writer.on_failure = failed


@contextlib.contextmanager
def _listening(settings: Settings, path: Path) -> Iterator[tuple[socket.socket, socket.socket]]:
    family = socket.AF_INET6 if ":" in settings.http.host else socket.AF_INET
    with socket.socket(family) as tcp, socket.socket(socket.AF_UNIX) as control:
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.bind((settings.http.host, settings.http.port))
        tcp.listen(BACKLOG)
        path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            with addressed(path) as name:
                control.bind(name)
        finally:
            os.umask(before)
        path.chmod(SOCKET_MODE)
        try:
            yield tcp, control
        finally:
            path.unlink(missing_ok=True)


def _url(tcp: socket.socket) -> str:
    host, port = tcp.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
