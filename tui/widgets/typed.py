"""A field to type into, that tells a scanner from fingers."""

from __future__ import annotations

from textual.widgets import Input


class Typed(Input):
    """An input; `scans` says that a scanned code belongs into it, otherwise one is kept out of it."""

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        password: bool = False,
        scans: bool = False,
        id: str | None = None,  # noqa: A002  Textual's
    ) -> None:
        super().__init__(value, placeholder=placeholder, password=password, id=id, select_on_focus=True)
        self.scans = scans
        self.cursor_blink = False  # a slow line would carry every blink

    def without(self, code: str) -> None:
        """Take a scanned code out again that a burst has typed."""
        self.value = self.value.removesuffix(code)
