"""A server that says it is an older one than it is: a store then does without what that version has not."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator

from tests.support.natsd import NatsServer
from tests.support.proxy import Line

DEBIAN_13 = "2.10.26"


@contextlib.contextmanager
def older(natsd: NatsServer, version: str) -> Iterator[str]:
    """The server, heard through a line that tells another version of it."""
    line = Line(natsd.port)
    line.rewrite = {b'"version":"': b'"version":"' + version.encode() + b'","really":"'}
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(line.__aenter__(), loop).result(30)
        yield line.url
    finally:
        asyncio.run_coroutine_threadsafe(line.__aexit__(None, None, None), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
