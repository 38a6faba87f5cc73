"""What can be done here, made from the keys themselves, and the rooms there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.rooms import open_to
from tui.texts import mark

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.app import Console

_SCANNER = mark("Scan at any time: the code goes to the room you are in. Letters and digits alone never change data.")


class Help(ModalScreen[None]):
    """Keys and rooms; any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "app.pop_screen", mark("Back"), id="help.back")
    ]

    def __init__(self, about: Screen[Any]) -> None:
        super().__init__()
        self._about = about

    def compose(self) -> ComposeResult:
        """The lines."""
        with VerticalScroll(id="help"):
            yield Static("\n".join(self._lines()), markup=False)

    def _lines(self) -> list[str]:
        console = cast("Console", self.app)
        texts = console.texts
        lines = [texts("Keys here"), ""]
        ours = {  # by their id: what Textual's own widgets can do besides would bury them
            active.binding.id: active.binding
            for active in self._about.active_bindings.values()
            if active.binding.id and active.binding.description and active.enabled
        }
        lines += [f"  {console.get_key_display(each):<12} {texts(each.description)}" for each in ours.values()]
        lines += ["", texts("Rooms"), ""]
        role = console.person.role if console.person else ""
        lines += [f"  {(each.key or '').upper():<12} {texts(each.title)}" for each in open_to(role)]
        return [*lines, "", texts(_SCANNER)]
