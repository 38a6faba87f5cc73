"""A table of at most a page of rows, its columns as wide as the terminal allows, its cursor where it was.

Only the rows that are seen are made into text, and only what differs is painted: a page is turned in one repaint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.texts import Texts, mark
from tui.words import ELLIPSIS, clean, padded, wide

MOST_ROWS = 500  # a table of more freezes a slow machine
PADDING = 2
HEAD = 1  # lines above the rows
MOST_OF_A_CELL = 500  # characters that are looked at: more are on no terminal


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


class Table(ScrollView, can_focus=True):
    """Rows by key; `show` replaces them and keeps the cursor on the row it was on."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--head", "table--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", mark("Open"), show=False, id="open"),
        Binding("up", "move(-1)", mark("Up"), show=False),
        Binding("down", "move(1)", mark("Down"), show=False),
        Binding("k", "move(-1)", mark("Up"), show=False, id="up"),
        Binding("j", "move(1)", mark("Down"), show=False, id="down"),
        Binding("pageup", "leaf(-1)", mark("Up"), show=False),
        Binding("pagedown", "leaf(1)", mark("Down"), show=False),
        Binding("g", "end(-1)", mark("Top"), show=False, id="top"),
        Binding("G", "end(1)", mark("Bottom"), show=False, id="bottom"),
        Binding("home,ctrl+home", "end(-1)", mark("Top"), show=False),
        Binding("end,ctrl+end", "end(1)", mark("Bottom"), show=False),
    ]
    LEAST_FLEXIBLE = 12

    class Moved(Message):
        """The cursor stands on another row."""

    class Opened(Message):
        """Somebody wants to see what a row stands for."""

        def __init__(self, table: Table, key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> Table:
            """The table it happened in."""
            return self.table

    def __init__(self, columns: Sequence[Column], texts: Texts, *, id: str | None = None) -> None:  # noqa: A002  Textual's
        super().__init__(id=id)
        self.spec = tuple(columns)
        self.cursor_row = 0
        self._texts = texts
        self._shown: dict[int, int] = {}
        self._all: list[Row] = []

    def show(self, rows: Sequence[Row]) -> None:
        """These rows from now on, at most MOST_ROWS of them."""
        before, kept = self._all, self.key
        self._all = list(rows[:MOST_ROWS])
        if [each.key for each in before] == self.keys:
            self._repaint(self._differing(before))
            return
        self.virtual_size = Size(0, HEAD + len(self._all))
        self.cursor_row = self.keys.index(kept) if kept in self.keys else 0
        self._see()
        self.refresh()
        if self.key != kept:
            self.post_message(self.Moved())

    @property
    def key(self) -> str | None:
        """What the row under the cursor stands for."""
        return self._all[self.cursor_row].key if self.cursor_row < len(self._all) else None

    @property
    def keys(self) -> list[str]:
        """What all rows stand for, from the top."""
        return [each.key for each in self._all]

    # --- moving about ---------------------------------------------------------------------------------------------

    def move_cursor(self, row: int) -> None:
        """To this row, or to the one next to it that there is."""
        before, self.cursor_row = self.cursor_row, max(0, min(row, len(self._all) - 1))
        if before != self.cursor_row:
            self._repaint([self._line(before), self._line(self.cursor_row)])
            self._see()
            self.post_message(self.Moved())

    def action_move(self, by: int) -> None:
        """A row up or down."""
        self.move_cursor(self.cursor_row + by)

    def action_leaf(self, by: int) -> None:
        """A screenful up or down."""
        self.move_cursor(self.cursor_row + by * max(self._room - 1, 1))

    def action_end(self, way: int) -> None:
        """To the first row or to the last."""
        self.move_cursor(0 if way < 0 else len(self._all) - 1)

    def action_open(self) -> None:
        """Into what the row under the cursor stands for."""
        if self.key is not None:
            self.post_message(self.Opened(self, self.key))

    def on_click(self, event: events.Click) -> None:
        """To the row under the mouse; into it where the cursor was there."""
        event.stop()
        row = self.scroll_offset.y + event.y - HEAD
        if event.y < HEAD or row >= len(self._all):
            return
        if row == self.cursor_row:
            self.action_open()
        else:
            self.move_cursor(row)

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the columns to the terminal."""
        self._shown = fitted(self.spec, self.scrollable_content_region.width or self.size.width)
        self._see()
        self.refresh()

    @property
    def _room(self) -> int:
        return self.scrollable_content_region.height - HEAD

    def _see(self) -> None:
        """Scroll until the cursor is seen."""
        top = self.scroll_offset.y
        wanted = min(max(top, self.cursor_row - self._room + 1), self.cursor_row)
        if wanted != top and self._room > 0:
            self.scroll_to(y=wanted, animate=False, immediate=True, force=True)

    # --- painting -------------------------------------------------------------------------------------------------

    def _repaint(self, regions: Sequence[Region]) -> None:
        seen = [each for each in regions if HEAD <= each.y <= self._room]
        if seen:
            self.refresh(*seen)

    def _line(self, row: int) -> Region:
        return Region(0, HEAD + row - self.scroll_offset.y, self.size.width, 1)

    def _differing(self, before: Sequence[Row]) -> list[Region]:
        """The cells that another text stands in now."""
        found = []
        for at, (old, new) in enumerate(zip(before, self._all, strict=True)):
            left, (_, y, _, _) = 0, self._line(at)
            for index, width in self._shown.items() if old != new else ():
                if old.cells[index] != new.cells[index]:
                    found.append(Region(left, y, width + PADDING, 1))
                left += width + PADDING
        return found

    def render_line(self, y: int) -> Strip:
        """The head, or a row; nothing below the last."""
        row = self.scroll_offset.y + y - HEAD
        if y < HEAD:
            return self._strip([self._texts(each.title) for each in self.spec], "table--head")
        if row >= len(self._all):
            return Strip.blank(self.size.width, self.rich_style)
        return self._strip(self._all[row].cells, "table--cursor" if row == self.cursor_row else "")

    def _strip(self, cells: Sequence[str], component: str) -> Strip:
        style = self.get_component_rich_style(component) if component else self.rich_style
        parts = [_cell(cells[index], width, right=self.spec[index].right) for index, width in self._shown.items()]
        return Strip([Segment("".join(parts), style)]).adjust_cell_length(self.size.width, style)


def _cell(text: str, width: int, *, right: bool) -> str:
    """One cell in its width, with a space on either side; what does not fit ends in dots."""
    said = clean(text, MOST_OF_A_CELL)
    if wide(said) > width:
        said = padded(said, width - 1).rstrip() + ELLIPSIS
    elif right:
        said = " " * (width - wide(said)) + said
    return f" {padded(said, width)} "


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
