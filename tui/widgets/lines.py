"""Lines of plain text of which only those that differ are painted anew: a slow terminal is sent a few bytes."""

from __future__ import annotations

from typing import Self

from textual.geometry import Region
from textual.widgets import Static

from tui.words import wide


class Lines(Static):
    """`put` shows a text from now on; one that is shown already costs nothing."""

    def __init__(self, *, id: str, classes: str = "line") -> None:  # noqa: A002  Textual's
        super().__init__("", id=id, classes=classes, markup=False)
        self._said = ""
        self._only: tuple[Region, ...] = ()

    def put(self, text: str) -> None:
        """Show it; laid out anew only where lines have come, gone, or are of another length."""
        if text == self._said:
            return
        before, self._said = self._said, text
        self._only = self._differing(before.split("\n"), text.split("\n"))
        self.update(text, layout=not self._only)
        self._only = ()

    def _differing(self, before: list[str], after: list[str]) -> tuple[Region, ...]:
        width = self.content_size.width
        widths = [wide(each) for each in after]
        if [wide(each) for each in before] != widths or max(widths) > width:
            return ()
        pairs = enumerate(zip(before, after, strict=True))
        return tuple(_region(row, old, new) for row, (old, new) in pairs if old != new)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """As Textual does; while something is said, only where it differs."""
        return super().refresh(*(regions or self._only), repaint=repaint, layout=layout, recompose=recompose)


def _region(row: int, old: str, new: str) -> Region:
    """From the first column that differs to the last."""
    begin = _common(old, new)
    end = _common(old[begin:][::-1], new[begin:][::-1])
    left = wide(new[:begin])
    return Region(left, row, wide(new) - left - wide(new[len(new) - end :]), 1)


def _common(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((index for index, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))
