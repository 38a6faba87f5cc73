"""What the options of the command line come to; on its own, so that it is set before Textual loads how it animates."""

from __future__ import annotations

import argparse
import tomllib

from tui.reaching import address_of
from tui.settings import LOCK_AFTER_SECONDS, Settings
from tui.texts import locale_of


def settings_of(given: argparse.Namespace) -> Settings:
    """The settings of one console. Raises OSError, ValueError."""
    keys = tomllib.loads(given.keys.read_text()) if given.keys else {}
    return Settings(
        address=address_of(given),
        locale=locale_of(given.lang),
        low_bandwidth=given.low_bandwidth,
        theme=given.theme,
        lock_after_s=LOCK_AFTER_SECONDS if given.lock_after is None else given.lock_after,
        register=given.register,
        keys={str(name): str(key) for name, key in keys.items()},
    )
