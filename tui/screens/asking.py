"""A question that lies over a room: a few fields to type, and two ways out. Enter goes on, Escape goes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from tui.messages import Scanned
from tui.texts import mark
from tui.widgets.typed import Typed

if TYPE_CHECKING:
    from tui.app import Console


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to type; `wanted` False may be left out."""

    name: str
    label: str
    value: str = ""
    secret: bool = False
    wanted: bool = True
    scans: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, already in the console's language but for the labels."""

    title: str
    text: str
    fields: tuple[Field, ...]
    yes: str


class Ask(ModalScreen[dict[str, str] | None]):
    """Answers what was typed, by field, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "no", mark("Back"), id="ask.back")]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question

    def compose(self) -> ComposeResult:
        """Title, text, fields, and the two ways out."""
        texts = cast("Console", self.app).texts
        with VerticalScroll(id="ask"):
            yield Static(self.question.title, id="ask-title", markup=False)
            if self.question.text:
                yield Static(self.question.text, id="ask-text", markup=False)
            for field in self.question.fields:
                yield Label(texts(field.label), markup=False)
                yield Typed(field.value, password=field.secret, id=f"ask-{field.name}", scans=field.scans)
            yield Static("", id="ask-wrong", markup=False)
            with Horizontal(id="ask-ways"):
                yield Button(texts("Back"), id="ask-no")
                yield Button(self.question.yes, id="ask-yes", variant="primary")

    def on_mount(self) -> None:
        """Begin at the first field; where nothing is typed, at the way back: Enter alone undoes nothing."""
        fields = self.question.fields
        self.query_one(f"#ask-{fields[0].name}" if fields else "#ask-no").focus()

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        inputs = list(self.query(Typed))
        last = event.input is inputs[-1]
        if last:
            self._yes()
        else:
            inputs[inputs.index(cast("Typed", event.input)) + 1].focus()

    @on(Button.Pressed, "#ask-yes")
    def _yes(self) -> None:
        typed = {each.name: self.query_one(f"#ask-{each.name}", Typed).value.strip() for each in self.question.fields}
        missing = [each for each in self.question.fields if each.wanted and not typed[each.name]]
        if missing:
            texts = cast("Console", self.app).texts
            self.query_one("#ask-wrong", Static).update("! " + texts("Missing: {label}", label=texts(missing[0].label)))
            self.query_one(f"#ask-{missing[0].name}").focus()
        else:
            self.dismiss(typed)

    @on(Button.Pressed, "#ask-no")
    def action_no(self) -> None:
        """Leave it."""
        self.dismiss(None)

    def on_scanned(self, message: Scanned) -> None:
        """A scan is no answer to a question about something else."""
        message.stop()
        texts = cast("Console", self.app).texts
        self.query_one("#ask-wrong", Static).update(
            "! " + texts("A scan came while something else was asked: not used.")
        )
