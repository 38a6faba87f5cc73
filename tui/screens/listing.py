"""A room that is a list: searched with `/`, paged, opened with Enter."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from tui.client import Json
from tui.problems import ConsoleError
from tui.screens.room import Room
from tui.texts import mark
from tui.widgets.lines import Lines
from tui.widgets.table import Column, Row, Table
from tui.widgets.typed import Typed

PAGE = 100  # rows read at once; a terminal shows fewer


class Listing(Room):
    """A list; `page` reads a part of it, `row` shows one item, `open` goes into one."""

    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    SEARCH: ClassVar[str] = mark("Search")
    READS_AHEAD: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", mark("Search"), id="search", key_display="/"),
        Binding("right_square_bracket,ctrl+pagedown", "following", mark("Next page"), id="next", key_display="]"),
        Binding("left_square_bracket,ctrl+pageup", "preceding", mark("Page before"), id="before", key_display="["),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.items: list[Json] = []
        self.query_text = ""
        self._cursors: list[str | None] = [None]
        self._following: str | None = None
        self._ahead: dict[str | None, Json] = {}

    async def page(self, cursor: str | None) -> Json:
        """A part of the list: {items, next_cursor}."""
        raise NotImplementedError

    def row(self, item: Json) -> Row:
        """An item as it is shown."""
        raise NotImplementedError

    def open(self, key: str) -> None:
        """Go into one."""

    def above(self) -> str:
        """A line above the list."""
        return ""

    def nothing(self) -> str:
        """What is shown only, and what stands there instead of nothing."""
        return "\n".join(each for each in (self.above(), super().nothing()) if each)

    def body(self) -> ComposeResult:
        """Search, a line, the table."""
        yield Typed(placeholder=self.say(self.SEARCH), scans=True, id="search")
        yield Lines(id="above")
        yield Table(self.COLUMNS, self.console.texts, id="list")

    def on_mount(self) -> None:
        """Begin without the search."""
        self.query_one("#search").display = False
        self.table.focus()

    @property
    def table(self) -> Table:
        """The list itself."""
        return self.query_one("#list", Table)

    async def load(self) -> bool:
        """The present page; what was read ahead is good for one look, and only until something changes."""
        cursor = self._cursors[-1]
        ahead, self._ahead = self._ahead, {}
        found = ahead[cursor] if cursor in ahead else await self.page(cursor)
        self.items, self._following = found["items"], found.get("next_cursor")
        return bool(self.items) or len(self._cursors) > 1

    def draw(self) -> None:
        """Show it."""
        number = len(self._cursors)
        pages = self.say("page {number}", number=number) if number > 1 or self._following else ""
        found = self.say("found for: {text}", text=self.query_text) if self.query_text else ""
        told = "   ".join(each for each in (self.above(), found, pages) if each)
        line = self.query_one("#above", Lines)
        line.put(told)
        line.display = bool(told)
        self.table.show([self.row(each) for each in self.items])
        self.refresh_bindings()
        if self.READS_AHEAD and number > 1 and self._following is not None:
            self._read_ahead(self._following)

    @work(group="ahead", exclusive=True)
    async def _read_ahead(self, cursor: str) -> None:
        """Whoever has turned one page turns the next: it is here then."""
        with suppress(ConsoleError):  # whoever turns the page is told
            self._ahead = {cursor: await self.page(cursor)}

    def begin(self) -> None:
        """Read from the first page on."""
        self.workers.cancel_group(self, "ahead")
        self._ahead = {}
        self._turn([None])

    def _turn(self, cursors: Sequence[str | None]) -> None:
        self._cursors = list(cursors)
        self.reload()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """Pages only where there are some."""
        if action == "following":
            return self._following is not None
        if action == "preceding":
            return len(self._cursors) > 1
        return True

    def action_search(self) -> None:
        """Type what to look for."""
        self.show_body()
        field = self.query_one("#search", Typed)
        field.display = True
        field.focus()

    def action_following(self) -> None:
        """The next page."""
        self._turn([*self._cursors, self._following])

    def action_preceding(self) -> None:
        """The page before."""
        self._turn(self._cursors[:-1])

    def action_leave(self) -> None:
        """Out of the search first, then out of the room."""
        field = self.query_one("#search", Typed)
        if not field.display and not self.query_text:
            super().action_leave()
            return
        field.display = False
        field.value = self.query_text = ""
        self.table.focus()
        self.begin()

    @on(Input.Submitted, "#search")
    def _search(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_text = event.value.strip()
        self.table.focus()
        self.begin()

    @on(Table.Opened, "#list")
    def _open(self, event: Table.Opened) -> None:
        event.stop()
        self.open(event.key)
