"""Tasks that end when they are told to.

`asyncio.wait_for` of Python 3.11 lets a cancellation pass by that comes in the moment its own future is done
(github.com/python/cpython/issues/86296, mended in 3.12): the task goes on, and whoever waits for its end waits for
ever. So a task is told again until it has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_SECONDS = 0.5


async def ended(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel these until all have ended; what they end with is nobody's concern any more."""
    asked = list(tasks)
    left = {task for task in asked if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
    await asyncio.gather(*asked, return_exceptions=True)
