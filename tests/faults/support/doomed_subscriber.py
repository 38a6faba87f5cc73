"""A store that takes head office's commands and dies on the way: `python -m ... DATA URL CREDENTIALS POINT NTH`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.sync.pulling import DurableConsumer
from appliance.sync.subscriber import Subscriber
from tests.support.syncing import publishing

POINTS: dict[str, tuple[type, str]] = {
    "before_commit": (Subscriber, "_consumed"),
    "before_ack": (DurableConsumer, "acknowledge"),
}


def die_at(point: str, nth: int) -> None:
    """End this process as a power cut would, when it comes to a point for the nth time."""
    owner, name = POINTS[point]
    real: Callable[..., Any] = getattr(owner, name)
    left = nth

    async def doomed(*given: Any, **more: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return await real(*given, **more)

    setattr(owner, name, doomed)


async def main(data: Path, url: str, credentials: Path) -> None:
    """Until killed."""
    async with publishing(data, url, credentials):
        await asyncio.Event().wait()


if __name__ == "__main__":
    die_at(sys.argv[4], int(sys.argv[5]))
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
