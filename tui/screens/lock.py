"""The door of the console: operator and PIN. It also stands there while the store has not been found yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Input, Label, Static

from tui.messages import Scanned
from tui.problems import Away, Refused, SignedOff
from tui.settings import Person
from tui.texts import mark
from tui.widgets.bars import Keys
from tui.widgets.typed import Typed
from tui.words import clean

if TYPE_CHECKING:
    from tui.app import Console


class Lock(Screen[None]):
    """Nobody is signed on. Who was here before finds their room as they left it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "app.quit", mark("End"), id="quit")]

    def __init__(self, told: str | None = None) -> None:
        super().__init__()
        self._told = told
        self._composed = False  # it may be told something before its fields are there

    @property
    def console(self) -> Console:
        """The console."""
        return cast("Console", self.app)

    def compose(self) -> ComposeResult:
        """Name, what is the matter, two fields."""
        texts = self.console.texts
        with Vertical(id="lock"):
            yield Static("", id="lock-store", markup=False)
            with Vertical(id="lock-fields"):
                yield Label(texts("Operator"), markup=False)
                yield Typed(id="lock-operator")
                yield Label(texts("PIN"), markup=False)
                yield Typed(id="lock-pin", password=True)
            yield Static("", id="lock-told", markup=False)
        yield Keys(texts)

    def on_mount(self) -> None:
        """Say what is the matter."""
        self._composed = True
        self.show(self._told)

    def show(self, told: str | None = None) -> None:
        """Show the store's name, and the fields once there is somebody to sign on."""
        self._told = told
        if not self._composed or not self.is_attached:
            return
        console = self.console
        self.query_one("#lock-store", Static).update(clean(console.store.name or console.texts("Backroom"), 60))
        self.query_one("#lock-fields").display = console.store.operators
        if told is not None or not console.store.operators:
            waiting = console.texts("Looking for the store ...")
            self.query_one("#lock-told", Static).update(waiting if told is None else told)
        if console.store.operators and not isinstance(self.focused, Input):
            self.query_one("#lock-operator").focus()

    @on(Input.Submitted, "#lock-operator")
    def _to_pin(self) -> None:
        self.query_one("#lock-pin").focus()

    @on(Input.Submitted, "#lock-pin")
    def _try(self) -> None:
        self.sign_on(self.query_one("#lock-operator", Typed).value.strip(), self.query_one("#lock-pin", Typed).value)

    @work(exclusive=True, group="sign-on")
    async def sign_on(self, operator: str, pin: str) -> None:
        """Try operator and PIN."""
        pin_field = self.query_one("#lock-pin", Typed)
        pin_field.clear()
        texts = self.console.texts
        try:
            found = await self.console.client.ask("POST", "/sessions", {"operator": operator, "pin": pin})
        except Away:
            self.show(texts("! The store does not answer. Try again when it is back; nothing is lost."))
        except Refused as refused:
            lines = (texts(refused.title), refused.detail, texts(refused.hint))
            self.show("! " + "\n".join(clean(each, 300) for each in lines if each))
            pin_field.focus()
        except SignedOff:
            self.console.client.use_session(None)
            self.show(texts("! The session before has ended. Try again."))
        else:
            person = Person(role=found["role"], operator_id=found["operator_id"], name=found["name"])
            self.console.signed_on(person, found["session"])

    def on_scanned(self, message: Scanned) -> None:
        """Nothing is scanned at a locked door."""
        message.stop()
