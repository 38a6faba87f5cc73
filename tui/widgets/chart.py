"""A bar a line, drawn with blocks and labelled with its figure: it can be read without colour, and read out."""

from __future__ import annotations

from collections.abc import Sequence

_EIGHTHS = " ▏▎▍▌▋▊▉"


def bars(rows: Sequence[tuple[str, int, str]], width: int) -> list[str]:
    """Lines of (label, amount, figure), the longest bar as wide as there is room; what is below nothing has no bar."""
    most = max((amount for _, amount, _ in rows), default=0)
    labels = max((len(label) for label, _, _ in rows), default=0)
    figures = max((len(figure) for _, _, figure in rows), default=0)
    room = max(width - labels - figures - 4, 4)
    return [f"  {label:>{labels}} {_bar(amount, most, room)} {figure:>{figures}}" for label, amount, figure in rows]


def _bar(amount: int, most: int, room: int) -> str:
    eighths = 0 if most <= 0 else max(amount, 0) * room * 8 // most
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()).ljust(room)
