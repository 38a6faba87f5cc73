"""Dead letters: messages that gave up, read, worked on again, or given up for good."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.client import Json
from tui.rights import STEERING
from tui.screens.asking import Field, Question
from tui.screens.listing import PAGE, Listing
from tui.screens.page import Page
from tui.screens.sagas import OneSaga, short
from tui.texts import mark
from tui.widgets.table import Column, Row
from tui.words import clean

_WORDS = (mark("dead"), mark("parked"))


class DeadLetters(Listing):
    """All of them, newest first."""

    TITLE_TEXT = mark("Dead letters")
    NOTHING = mark("No message gave up. Everything that was begun is done or under way.")
    SEARCH = mark("Actor, order or error on this page")
    interest = ("saga.", "order.", "message.", "dead_letter.")
    COLUMNS = (
        Column(mark("Number"), 8, right=True),
        Column(mark("Actor"), 18),
        Column(mark("About"), 14, drop=2),
        Column(mark("Error"), 0),
        Column(mark("When"), 18, drop=1),
    )
    BINDINGS: ClassVar = []

    async def page(self, cursor: str | None) -> Json:
        """A part of them."""
        found = await self.console.client.get("/dead-letters", {"limit": PAGE, "cursor": cursor})
        wanted = self.query_text.lower()
        named = ("actor", "saga_id", "error", "queue", "id")
        found["items"] = [
            each for each in found["items"] if wanted in " ".join(str(each[name]) for name in named).lower()
        ]
        return found

    def row(self, item: Json) -> Row:
        """One of them."""
        when = self.console.texts.moment(item["failed_at"] or item["enqueued_at"], self.console.store.zone)
        about = short(item["saga_id"] or "")
        error = item["error"] or self.say(item["state"])
        return Row(str(item["id"]), (str(item["id"]), item["actor"], about, error, when))

    def open(self, key: str) -> None:
        """One of them, whole."""
        found = next((each for each in self.items if str(each["id"]) == key), None)
        if found is not None:
            self.console.push_screen(OneLetter(found))


class OneLetter(Page):
    """One message: why it gave up, and what can be done with it."""

    TITLE_TEXT = mark("Dead letter")
    NOTHING = mark("This message is no longer among those that gave up: somebody has seen to it. Press q.")
    interest = DeadLetters.interest
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "retry", mark("Try again"), id="letter.retry"),
        Binding("ctrl+d", "discard", mark("Give up"), id="letter.discard"),
        Binding("o", "saga", mark("Its saga"), id="letter.saga"),
    ]

    def __init__(self, letter: Json) -> None:
        super().__init__()
        self.letter = letter
        self.there = True

    async def load(self) -> bool:
        """The message as it now is, or that it is gone."""
        cursor, wanted = None, self.letter["id"]
        while True:
            found = await self.console.client.get("/dead-letters", {"limit": PAGE, "cursor": cursor})
            same = next((each for each in found["items"] if each["id"] == wanted), None)
            cursor = found["next_cursor"]
            if same is not None or cursor is None:
                break
        self.there = same is not None
        self.letter = same or self.letter
        self.refresh_bindings()
        return self.there

    def paragraphs(self) -> list[list[str]]:
        """What it is, why it gave up, what is in it."""
        letter, texts, zone = self.letter, self.console.texts, self.console.store.zone
        top = [
            self.say("Message {id}: {actor} in {queue}", id=letter["id"], actor=letter["actor"], queue=letter["queue"]),
            self.say("{state}, {count} attempts", state=self.say(letter["state"]), count=letter["attempts"]),
            self.say("begun {when}", when=texts.moment(letter["enqueued_at"], zone)),
        ]
        if letter["failed_at"]:
            top.append(self.say("given up {when}", when=texts.moment(letter["failed_at"], zone)))
        if letter["kills"]:
            top.append("! " + self.say("The process died {count} times while it ran.", count=letter["kills"]))
        why = [self.say("Why:") + " " + clean(letter["error"] or "", 1000)]
        trace = [clean(each, 300) for each in (letter["traceback"] or "").splitlines()]
        inside = [self.say("What is in it ({bytes} bytes)", bytes=letter["bytes"]), clean(letter["body"])]
        return [top, why, self._advice(), trace, inside if letter["body"] else []]

    def _advice(self) -> list[str]:
        if self.letter["saga_id"]:
            return [self.say("It belongs to a saga: decide there (o). Trying it again tries the saga's step again.")]
        return [
            self.say("Mend what is wrong, then try it again (Ctrl+T). Give it up (Ctrl+D) only if nobody needs it.")
        ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """Only what can be done, by who may."""
        offered = {
            "retry": self.there and self.role_in(STEERING),
            "discard": self.there and self.role_in(STEERING) and not self.letter["saga_id"],
            "saga": bool(self.letter["saga_id"]),
        }
        return offered.get(action, True)

    def action_saga(self) -> None:
        """The saga it belongs to."""
        self.console.push_screen(OneSaga(self.letter["saga_id"]))

    def action_retry(self) -> None:
        """Work on it again."""
        self.do(self._retry)

    def action_discard(self) -> None:
        """Give it up for good."""
        self.do(self._discard)

    async def _retry(self) -> None:
        of_saga = bool(self.letter["saga_id"])
        text = self.say("It is worked on again at once. The reason is kept for good.")
        question = Question(
            self.say("Try this message again?"), text, (Field("reason", mark("Reason"), wanted=of_saga),),
            self.say("Try again"),
        )  # fmt: skip
        await self._decide("retry", question, self.say("It is being worked on again."))

    async def _discard(self) -> None:
        text = self.say("What it should have done will never be done. This cannot be undone.")
        fields = (Field("reason", mark("Reason")),)
        question = Question(self.say("Give this message up?"), text, fields, self.say("Give up"))
        await self._decide("discard", question, self.say("It is given up."))

    async def _decide(self, action: str, question: Question, done: str) -> None:
        typed = await self.ask(question)
        if typed is not None and await self.send("POST", f"/dead-letters/{self.letter['id']}/{action}", dict(typed)):
            self.tell(done)
            self.reload()
