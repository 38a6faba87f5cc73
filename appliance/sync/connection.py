"""The one connection to head office: made again for ever, noticed when it is dead, and said in plain words.

The library's own reconnecting is left off. It stops for good when credentials are revoked while connected, keeps what
was sent into a dead link to send it again, and reads a credentials file only once. Here every connection is a new one
and everything that happened on the last is over: whoever works on it begins by asking where things stand.
"""

from __future__ import annotations

import asyncio
import random
import socket
import sqlite3
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import nats.errors

from appliance.domain.refusals import Refusal
from appliance.sync import subjects, versions
from appliance.sync.client import Client
from appliance.sync.credentials import CredentialsUnusable, read_credentials, tls_context
from appliance.sync.endings import ended
from appliance.sync.troubles import (
    HqRefusesUs,
    HqSilent,
    HqTooOld,
    HqUnreachable,
    HqUntrusted,
    NotAllowed,
    StoreTrouble,
    SyncTrouble,
)

CONNECT_SECONDS = 5.0
PING_SECONDS = 5  # with one ping allowed to be unanswered a black hole is noticed after 10 s at most
CLOSE_SECONDS = 1.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 5.0
PENDING_BYTES = 1 << 20  # handed to the socket at the latest; while there is no connection nothing is kept at all

Failed = (nats.errors.Error, OSError, TimeoutError, EOFError)
"""What the library raises when a connection is not, or no longer, what it was."""


class Places(Protocol):
    """The part of the settings that is read here."""

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses."""
        ...

    @property
    def credentials(self) -> Path | None:
        """Who we are there."""
        ...

    @property
    def ca(self) -> Path | None:
        """Who signed its certificate."""
        ...

    @property
    def certificate(self) -> Path | None:
        """Ours."""
        ...

    @property
    def key(self) -> Path | None:
        """Its key."""
        ...


@dataclass(frozen=True, slots=True)
class Address:
    """Where head office is, and who we are there; files are read anew for every connection."""

    urls: tuple[str, ...]
    store_id: str
    credentials: Path | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def options(self) -> dict[str, Any]:
        """The arguments of `connect` that depend on files. Raises CredentialsUnusable."""
        found = dict(read_credentials(self.credentials)) if self.credentials else {}
        if self.ca or self.certificate or any(url.startswith("tls://") for url in self.urls):
            found["tls"] = tls_context(self.ca, self.certificate, self.key)
        return found


def address_of(store_id: str, sync: Places) -> Address:
    """Where the settings say that head office is."""
    return Address(sync.urls, store_id, sync.credentials, sync.ca, sync.certificate, sync.key)


@dataclass(eq=False, slots=True)
class Session:
    """One connection, from its beginning to its end."""

    client: Client
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    refused: int = 0  # what the server did not permit on this connection
    refusal: str = ""  # the last of it, in the server's words

    @property
    def version(self) -> tuple[int, int, int]:
        """Which server this is."""
        found = self.client.connected_server_version
        return found.major, found.minor, found.patch

    async def send(self, messages: Sequence[bytes]) -> None:
        """Publish messages that are bytes already, see `message`; raises as the library's own `publish` does.

        That one encodes header by header, which costs more than all else of an event's way together.
        """
        client = self.client
        if not client.is_connected:
            raise nats.errors.ConnectionClosedError
        await client._send_command(b"".join(messages))  # noqa: SLF001  there is no public call that takes bytes
        flushing = client._flush_queue  # noqa: SLF001  as `publish` wakes the flusher
        if flushing is not None and flushing.empty():
            await client._flush_pending()  # noqa: SLF001  the same

    async def close(self) -> None:
        """Hang up; a dead link is not waited for."""
        closing = asyncio.create_task(self.client.close())
        await asyncio.wait([closing], timeout=CLOSE_SECONDS)
        abort(self.client)
        await ended([closing])
        self.ended.set()


def message(subject: bytes, head: bytes, body: bytes, reply: bytes = b"") -> bytes:
    """A message with headers, in the words of NATS's client protocol."""
    size = len(head) + 2
    return b"HPUB %b %b %d %d\r\n%b\r\n%b\r\n" % (subject, reply, size, size + len(body), head, body)


def abort(client: Client) -> None:
    """Drop the socket without waiting for anybody: what the library itself has no call for."""
    transport = client._transport  # noqa: SLF001  closing waits for a black hole to take what is still to be sent
    writer = getattr(transport, "_io_writer", None)
    if writer is not None:
        writer.transport.abort()


async def open_session(address: Address, refused: Callable[[str], None] = lambda _: None) -> Session:
    """Connect once. Raises the SyncTrouble that says why it did not work; a cancel leaves nothing open."""
    client, seen = Client(), list[Exception]()
    session = Session(client)

    async def note(error: Exception) -> None:
        seen.append(error)
        del seen[:-1]
        if "permissions violation" in str(error).lower():
            session.refused += 1
            session.refusal = str(error).removeprefix("nats: ")
            refused(session.refusal)

    async def closed() -> None:
        session.ended.set()

    try:
        await _in_time(_connect(client, address, note, closed), CONNECT_SECONDS)
    except (*Failed, CredentialsUnusable, ssl.SSLError, ValueError) as error:
        abort(client)
        raise in_words(address, seen[-1] if seen else error) from error
    except asyncio.CancelledError:
        abort(client)
        raise
    if versions.is_too_old(session.version):
        await session.close()
        raise HqTooOld(f"{versions.named(session.version)}: a stream cannot begin at a given position there.")
    return session


async def _in_time(connecting: Coroutine[Any, Any, None], seconds: float) -> None:
    """Raises TimeoutError where it takes longer; nothing of the attempt goes on then."""
    attempt = asyncio.create_task(connecting)
    try:
        await asyncio.wait([attempt], timeout=seconds)
        if not attempt.done():
            raise TimeoutError
        attempt.result()
    finally:
        await ended([attempt])


async def _connect(client: Client, address: Address, note: Any, closed: Any) -> None:
    await client.connect(
        list(address.urls),
        name=f"backroom {address.store_id}",
        inbox_prefix=subjects.inbox_prefix(address.store_id),
        allow_reconnect=False,
        max_reconnect_attempts=1,
        reconnect_time_wait=0,
        connect_timeout=int(CONNECT_SECONDS),
        ping_interval=PING_SECONDS,
        max_outstanding_pings=1,
        pending_size=PENDING_BYTES,
        error_cb=note,
        closed_cb=closed,
        skip_subject_validation=True,  # all subjects are made by `subjects` from names that were checked
        **address.options(),
    )


def in_words(address: Address, error: Exception) -> SyncTrouble:
    """Why a connection could not be made or kept, as a trouble with its next step."""
    said = str(error).removeprefix("nats: ").strip("'") or type(error).__name__
    where = ", ".join(address.urls)
    if isinstance(error, CredentialsUnusable):
        return HqRefusesUs(error.detail)
    if isinstance(error, ssl.SSLError) or "certificate" in said.lower():
        return HqUntrusted(f"{where}: {said}.")
    if "authorization" in said.lower() or "authentication" in said.lower():
        return HqRefusesUs(f"{where} says: {said}.")
    if isinstance(error, TimeoutError | nats.errors.TimeoutError):
        return HqUnreachable(f"{where} did not answer within {CONNECT_SECONDS:g} s.")
    plain = next((words for kind, words in _PLAIN.items() if isinstance(error, kind)), said)
    return HqUnreachable(f"{where}: {plain}.")


_PLAIN: Mapping[type[Exception], str] = {
    ConnectionRefusedError: "nobody listens there (the connection was refused)",
    ConnectionResetError: "the connection was reset",
    socket.gaierror: "no such name, or the name service cannot be reached",
}


Part = Callable[[Session], Awaitable[None]]
"""Works on one connection; it is cancelled when the connection ends and called again with the next."""

Report = Callable[[SyncTrouble | None], None]


class Link:
    """Keeps one connection open for ever and lets every part work on it; a part's trouble is its own.

    A part that raises a SyncTrouble is called again after the trouble's pause, on a new connection where the trouble
    says that only that can help. `report` hears of every trouble, and None when a connection stands.
    """

    def __init__(self, address: Address, report: Report) -> None:
        self._address = address
        self._report = report
        self._parts: list[Part] = []
        self.session: Session | None = None
        self.connected_count = 0
        self.refused = 0
        self.on_refused: Callable[[str], None] = lambda _: None

    def add(self, part: Part) -> None:
        """Let a part work on every connection from the next on."""
        self._parts.append(part)

    async def run(self) -> None:
        """Until cancelled."""
        tries = 0
        while True:
            try:
                session = await open_session(self._address, self._refused)
            except SyncTrouble as trouble:
                self._report(trouble)
                tries += 1
            else:
                tries = 0
                self._report(None)
                await self._serve(session)
            await asyncio.sleep(pause(tries))

    async def _serve(self, session: Session) -> None:
        self.session = session
        self.connected_count += 1
        working = [asyncio.create_task(self._work(part, session)) for part in self._parts]
        try:
            await session.ended.wait()
            self._report(self._why(session))
        finally:
            self.session = None
            await ended(working)
            await session.close()

    async def _work(self, part: Part, session: Session) -> None:
        while not session.ended.is_set():
            found = await _worked(part, session)
            if found is None:
                return
            self._report(found)
            if found.drops_link:
                session.ended.set()
                return
            await asyncio.sleep(found.pause_seconds * random.uniform(0.7, 1.3))  # noqa: S311  no secret: a jitter

    def _why(self, session: Session) -> SyncTrouble:
        error = session.client.last_error
        return in_words(self._address, error) if error else HqUnreachable("The connection ended.")

    def _refused(self, said: str) -> None:
        self.refused += 1
        self.on_refused(said)
        self._report(NotAllowed(f"The server says: {said}."))


async def _worked(part: Part, session: Session) -> SyncTrouble | None:
    """Let a part work; what ended it."""
    try:
        await part(session)
    except SyncTrouble as trouble:
        return trouble
    except (Refusal, sqlite3.Error) as error:  # of the store's own: a part that ended by it would be missed by nobody
        return StoreTrouble(str(error))
    except Failed as error:
        return HqSilent(f"The connection broke: {str(error).removeprefix('nats: ') or type(error).__name__}.")
    return None


def pause(tries: int) -> float:
    """How long to wait before the next connection: doubling, bounded, and never the same for two stores."""
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(tries, 10))
    return random.uniform(0.5, 1.0) * longest  # noqa: S311  no secret: a jitter
