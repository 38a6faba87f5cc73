"""Settings of the Python process itself."""

from __future__ import annotations

import gc

THRESHOLDS = (20_000, 50, 50)  # objects; a full collection then looks at little, and rarely


def settle_garbage_collector() -> None:
    """Take start-up's objects out of the collector's sight; its full collections are what makes the p99 of a sale."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
