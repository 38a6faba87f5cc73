"""Pages of the documentation that a module prints: what `python -m` of such a module does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence


def print_page(markdown: Callable[[], str], command: str, arguments: Sequence[str]) -> int:
    """Print the page, or say how it is printed where anything else is asked for; answers the exit code."""
    if arguments:
        sys.stderr.write(f"usage: python -m {command}\n")
        return 2
    sys.stdout.write(markdown())
    return 0
