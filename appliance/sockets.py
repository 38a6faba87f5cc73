"""Unix sockets whose path is longer than a socket address holds.

The kernel takes 107 bytes; a data directory may lie deeper. Seen through an open descriptor of its folder, a socket has
a short name, for whoever binds and whoever connects.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_ADDRESS = 107  # the kernel's limit is 108 bytes with the one that ends it


@contextmanager
def addressed(path: Path) -> Iterator[str]:
    """A name of the socket that fits into an address, good for as long as this lasts."""
    if len(os.fsencode(path)) <= LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
