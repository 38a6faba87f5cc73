"""A table of at most a page of rows, its columns as wide as the terminal allows, its cursor where it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.markup import escape
from textual.widgets import DataTable

from tui.texts import Texts, mark
from tui.words import clean, plain

MOST_ROWS = 500  # a table of more freezes a slow machine
PADDING = 2


class Column(NamedTuple):
    """A column: `width` 0 takes what the others leave; the highest `drop` goes first on a narrow terminal."""

    title: str
    width: int
    right: bool = False
    drop: int = 0


class Row(NamedTuple):
    """A row and what it stands for."""

    key: str
    cells: tuple[str, ...]


class Table(DataTable[Content]):
    """Rows by key; `show` replaces them and keeps the cursor on the row it was on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", mark("Down"), show=False, id="down"),
        Binding("k", "cursor_up", mark("Up"), show=False, id="up"),
        Binding("g", "scroll_top", mark("Top"), show=False, id="top"),
        Binding("G", "scroll_bottom", mark("Bottom"), show=False, id="bottom"),
    ]
    LEAST_FLEXIBLE = 12

    def __init__(self, columns: Sequence[Column], texts: Texts, *, id: str | None = None) -> None:  # noqa: A002  Textual's
        super().__init__(id=id, cursor_type="row", zebra_stripes=False, cell_padding=1)
        self.spec = tuple(columns)
        self._texts = texts
        self._shown: dict[int, int] = {}
        self._all: list[Row] = []
        self._rest: list[Row] = []

    def show(self, rows: Sequence[Row]) -> None:
        """These rows from now on, at most MOST_ROWS of them."""
        before = self._all
        self._all = list(rows[:MOST_ROWS])
        if self._shown and [each.key for each in before] == [each.key for each in self._all]:
            self._update(before)
        else:
            self._refill()

    @property
    def key(self) -> str | None:
        """What the row under the cursor stands for."""
        return self._all[self.cursor_row].key if 0 <= self.cursor_row < len(self._all) else None

    @property
    def keys(self) -> list[str]:
        """What all rows stand for, from the top."""
        return [each.key for each in self._all]

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the columns to the terminal."""
        self._refill()

    def _refill(self) -> None:
        if not self.size.width:
            return
        kept = self.key if self._kept is None else self._kept
        self._fit()
        row = self.keys.index(kept) if kept in self.keys else 0
        seen = len(self._all) if row else self.size.height
        self._rest = self._all[seen:]
        self._add(self._all[:seen])
        if row:
            self.move_cursor(row=row, animate=False)
        if self._rest:
            self.call_after_refresh(self._complete)

    def _complete(self) -> None:
        """Add what nobody sees yet, after the first screenful has been painted."""
        rest, self._rest = self._rest, []
        self._add(rest)

    def _add(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.add_row(*[self._cell(row, index, width) for index, width in self._shown.items()], key=row.key)

    def _fit(self) -> None:
        """Empty it, its columns as wide as the terminal wants them."""
        widths = fitted(self.spec, self.scrollable_content_region.width or self.size.width)
        same, self._shown = widths == self._shown, widths
        self.clear(columns=not same)
        for index, width in () if same else widths.items():
            title = self._texts(self.spec[index].title)
            label = title.rjust(width) if self.spec[index].right else title
            self.add_column(escape(clean(label)), width=width, key=str(index))

    @property
    def _kept(self) -> str | None:
        if 0 <= self.cursor_row < self.row_count:
            return self.coordinate_to_cell_key(self.cursor_coordinate).row_key.value
        return None

    def _update(self, before: Sequence[Row]) -> None:
        self._complete()
        for old, new in zip(before, self._all, strict=True):
            for index, width in self._shown.items():
                if old.cells[index] != new.cells[index]:
                    self.update_cell(new.key, str(index), self._cell(new, index, width))

    def _cell(self, row: Row, index: int, width: int) -> Content:
        text = row.cells[index]
        return plain(text.rjust(width) if self.spec[index].right else text)


def fitted(columns: Sequence[Column], room: int) -> dict[int, int]:
    """Which columns fit into so much room and how wide each is; the flexible one takes what is left."""
    kept = list(range(len(columns)))
    while len(kept) > 1 and _needs(columns, kept) > room:
        gone = max(kept, key=lambda index: (columns[index].drop, index))
        if columns[gone].drop == 0:
            break
        kept.remove(gone)
    fixed = sum(columns[index].width + PADDING for index in kept if columns[index].width)
    flexible = [index for index in kept if not columns[index].width]
    share = max((room - fixed) // max(len(flexible), 1) - PADDING, 4)
    return {index: columns[index].width or share for index in kept}


def _needs(columns: Sequence[Column], kept: Sequence[int]) -> int:
    return sum((columns[index].width or Table.LEAST_FLEXIBLE) + PADDING for index in kept)
