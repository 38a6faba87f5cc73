"""The lines above and below every room: where one is, who works, whether the store is there, and which keys do what."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from tui.texts import Texts
from tui.widgets.lines import Lines
from tui.words import clean, wide


class Head(Lines):
    """One line: store and room to the left, who and the links to the right; what matters least leaves first."""

    def show(self, left: tuple[str, ...], right: tuple[str, ...]) -> None:
        """Show the parts, the less important ones left out where they do not fit."""
        room = max(self.size.width - 2, 20)
        ends = [clean(each, 40) for each in right if each]
        begins = [clean(each, 40) for each in left if each]
        while len(begins) > 1 and _length(begins, ends) > room:
            begins.pop(0)
        while len(ends) > 1 and _length(begins, ends) > room:
            ends.pop(0)
        start, end = " · ".join(begins), " · ".join(ends)
        gap = max(room - wide(start) - wide(end), 1)
        self.put(start + " " * gap + end)


class Keys(Footer):
    """The keys that do something here and now, in the console's language."""

    def __init__(self, texts: Texts) -> None:
        super().__init__(show_command_palette=False, compact=True)
        self._texts = texts
        self._shown: list[tuple[str, str, bool]] = []

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Show them anew only where others are there now: it costs as much as a page of a list."""
        if screen is self.screen and self._found() != self._shown:
            super().bindings_changed(screen)

    def _found(self) -> list[tuple[str, str, bool]]:
        found = [(binding, enabled) for _, binding, enabled, _ in self.screen.active_bindings.values() if binding.show]
        return [(binding.key, binding.description, enabled) for binding, enabled in found]

    def compose(self) -> ComposeResult:
        """The keys as Textual finds them, translated."""
        self._shown = self._found() if self._bindings_ready else []
        for widget in super().compose():
            if isinstance(widget, FooterKey):
                widget.description = self._texts(widget.description)
            yield widget


def _length(begins: list[str], ends: list[str]) -> int:
    return wide(" · ".join(begins)) + wide(" · ".join(ends)) + 1
