"""A room that is one page to scroll: lines of plain text, in paragraphs."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui.screens.room import Room


class Page(Room):
    """One thing, whole; `paragraphs` says it."""

    def body(self) -> ComposeResult:
        """One page to scroll."""
        with VerticalScroll(classes="wide", id="page"):
            yield Static("", id="one", classes="line", markup=False)

    def on_mount(self) -> None:
        """Arrows scroll."""
        self.query_one("#page").focus()

    def paragraphs(self) -> Sequence[Sequence[str]]:
        """What is said, in paragraphs of lines."""
        raise NotImplementedError

    def draw(self) -> None:
        """Show it."""
        said = "\n\n".join("\n".join(each) for each in self.paragraphs() if each)
        self.query_one("#one", Static).update(said)
        self.refresh_bindings()

    def role_in(self, roles: frozenset[str]) -> bool:
        """Whether whoever is here has one of these roles."""
        return self.console.person is not None and self.console.person.role in roles
