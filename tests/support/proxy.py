"""A line to head office that fails on demand: a TCP proxy on loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

CHUNK = 65_536
BOTH, REQUESTS, ANSWERS = frozenset({"up", "down"}), frozenset({"up"}), frozenset({"down"})


@dataclass(slots=True)
class Line:
    """`lost` directions swallow what is sent; a line that `refuses` resets whoever connects."""

    target: int
    lost: frozenset[str] = frozenset()
    refuses: bool = False
    rewrite: Mapping[bytes, bytes] = field(default_factory=dict)  # what head office says: what the store hears instead
    port: int = 0
    taken: int = 0  # connections there were
    _cut_after: int | None = None  # bytes towards head office until the line is cut in the middle of something
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where a store connects."""
        return f"nats://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.reset()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def lose(self, directions: Iterable[str]) -> None:
        """Swallow what is sent from now on; connections stay open."""
        self.lost = frozenset(directions)

    def heal(self) -> None:
        """Pass everything again. What was swallowed is gone, so those connections are of no use any more."""
        self.refuses = False
        if self.lost:
            self.lost = frozenset()
            self.reset()

    def reset(self) -> None:
        """Break every connection."""
        for writer in list(self._writers):
            writer.transport.abort()
        self._writers.clear()

    def cut_after(self, count: int) -> None:
        """Break the connection once so many more bytes have gone towards head office."""
        self._cut_after = count

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self.refuses:
            self.taken += 1
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        self.taken += 1  # only now: whoever waits for it may want to break it at once
        await asyncio.gather(self._pump(reader, back, "up"), self._pump(there, writer, "down"))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, direction: str) -> None:
        with contextlib.suppress(OSError):
            while chunk := await source.read(CHUNK):
                if direction in self.lost:
                    continue
                for said, heard in self.rewrite.items() if direction == "down" else ():
                    chunk = chunk.replace(said, heard)
                if direction == "up" and self._cut_after is not None:
                    chunk, self._cut_after = chunk[: self._cut_after], self._cut_after - len(chunk)
                    if self._cut_after <= 0:
                        self._cut_after = None
                        sink.write(chunk)
                        with contextlib.suppress(OSError):
                            await sink.drain()
                        self.reset()
                        return
                sink.write(chunk)
                await sink.drain()
        if direction not in self.lost:
            sink.transport.abort()
