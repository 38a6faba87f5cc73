"""Where things are unless somebody says otherwise, and where a store is said to be, without loading any of it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

SYSTEM_CONFIG = Path("/etc/backroom/config.toml")
DEFAULT_DATA = Path("~/.local/share/backroom")
DATA_VARIABLE = "BACKROOM__DATA_DIR"


def data_dir(config: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """The data directory as the settings come to it; what is wrong with the rest of them is said by who reads them."""
    try:
        told = tomllib.loads((config or SYSTEM_CONFIG).read_text()).get("data_dir")
    except (OSError, ValueError):
        told = None
    found = environ.get(DATA_VARIABLE) or told or DEFAULT_DATA
    return Path(str(found)).expanduser()
