"""`python -m tui`: the console on this terminal."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, cast

OPTIONS, APP = "tui.options", "tui.app"
HTTPX_COMMAND_LINE = "httpx._main"
YIELDS = 10  # steps of niceness: thirty consoles on the store's own machine let the tills go first
YOUNG = 10_000  # objects before garbage is looked for: a screen that is built makes thousands, and keeps them
# Read by Textual when it is imported, so set before.
FRUGAL = {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_FPS": "10", "TEXTUAL_SMOOTH_SCROLL": "0"}


def parser() -> argparse.ArgumentParser:
    """The options of the console."""
    made = argparse.ArgumentParser(prog="backroom tui", description="The console for the people on the store floor.")
    made.add_argument("--socket", type=Path, metavar="FILE", help="The control socket of a store on this machine.")
    made.add_argument("--data", type=Path, metavar="DIR", help="Where the store on this machine lives.")
    made.add_argument("--url", help="Where a store listens, such as https://store-1:8443; left out: it is found.")
    made.add_argument("--token-file", type=Path, metavar="FILE", help="Holds the token of this device.")
    made.add_argument("--certificate", type=Path, metavar="FILE", help="What vouches for the store's TLS.")
    made.add_argument("--register", metavar="ID", help="The till this console stands for.")
    made.add_argument("--lang", metavar="LOCALE", help="Language and formats, such as zh_CN; left out: the terminal's.")
    made.add_argument("--theme", metavar="NAME", help="Such as high-contrast, textual-light, ansi-dark.")
    made.add_argument("--low-bandwidth", action="store_true", help="Fewer repaints and no animation.")
    made.add_argument("--keys", type=Path, metavar="FILE", help='Other keys, as TOML: "room.sale" = "f9".')
    made.add_argument("--lock-after", type=float, metavar="SECONDS", help="When unused.")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the console until somebody ends it."""
    given = parser().parse_args(arguments)
    if given.low_bandwidth:
        os.environ.update(FRUGAL)
    try:
        settings = _loaded(OPTIONS).settings_of(given)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"error: The options cannot be used: {error}. See backroom tui --help.\n")
        return 2
    console = _loaded(APP).Console(settings)
    console.run()
    return int(console.return_code or 0)


def _loaded(name: str) -> ModuleType:
    """The console's code; while it is loaded there is no garbage, and looking for some takes a tenth of the time."""
    # httpx says itself that it can do without its command line, which loads click, pygments and half of rich.
    cast("dict[str, Any]", sys.modules).setdefault(HTTPX_COMMAND_LINE, None)
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.set_threshold(YOUNG)
        gc.enable()


def polite(arguments: Sequence[str] | None = None) -> int:
    """The same in a process of its own, which lets the tills go first."""
    os.nice(YIELDS)
    return main(arguments)


if __name__ == "__main__":
    sys.exit(polite())
