"""What the console tells its screens."""

from __future__ import annotations

from textual.message import Message


class Changed(Message):
    """Something was recorded: which kinds of event, up to which position."""

    def __init__(self, kinds: frozenset[str], position: int) -> None:
        self.kinds = kinds
        self.position = position
        super().__init__()


class Linked(Message):
    """The store has come, or gone."""

    def __init__(self, *, up: bool) -> None:
        self.up = up
        super().__init__()


class Scanned(Message):
    """A code came from a scanner, or by paste."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__()
