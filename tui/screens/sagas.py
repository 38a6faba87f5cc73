"""Sagas: work that takes minutes to days, found where it stands, and steered where it needs a person."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.client import Json
from tui.problems import Refused
from tui.rights import STEERING
from tui.screens.asking import Field, Question
from tui.screens.listing import PAGE, Listing
from tui.screens.page import Page
from tui.texts import mark
from tui.widgets.table import Column, Row
from tui.words import clean

STATUSES: tuple[str | None, ...] = (None, "stuck", "waiting", "running", "compensating", "completed", "compensated")
FINISHED = frozenset({"completed", "compensated"})
# A word and a sign for every state: colour is never the only one.
SIGNS = {
    "done": "+", "undone": "<", "skipped": ">", "running": "~", "waiting": ".", "held": ".", "retrying": "~",
    "failed": "x", "unknown": "?", "stuck": "!", "compensating": "<", "completed": "+", "compensated": "<",
}  # fmt: skip
MOST_ERRORS = 5
SHORT = 14
_WORDS = (mark("running"), mark("waiting"), mark("compensating"), mark("stuck"), mark("completed"), mark("compensated"))


class Sagas(Listing):
    """All of them, newest first; those that need a person are counted above."""

    TITLE_TEXT = mark("Sagas")
    NOTHING = mark("No saga is found. Orders begin them. Press s for another state, Escape for all.")
    SEARCH = mark("Order, step or reason on this page")
    interest = ("saga.", "order.")
    COLUMNS = (
        Column(mark("About"), SHORT),
        Column(mark("State"), 14),
        Column(mark("Step"), 22),
        Column(mark("Why"), 0, drop=1),
        Column(mark("Since"), 18, drop=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("s", "state", mark("State"), id="sagas.state")]

    def __init__(self) -> None:
        super().__init__()
        self.status: str | None = None
        self.stuck = 0

    async def page(self, cursor: str | None) -> Json:
        """A part of them, and how many are stuck."""
        client = self.console.client
        self.stuck = len((await client.get("/sagas", {"status": "stuck", "limit": PAGE}))["items"])
        found = await client.get("/sagas", {"status": self.status, "limit": PAGE, "cursor": cursor})
        wanted = self.query_text.lower()
        found["items"] = [each for each in found["items"] if wanted in _searched(each)]
        return found

    def row(self, item: Json) -> Row:
        """One of them."""
        since = self.console.texts.moment(item["updated_at"], self.console.store.zone)
        state = f"{SIGNS.get(item['status'], ' ')} {self.say(item['status'])}"
        why = item["detail"] or item["reason"] or item["code"] or ""
        return Row(item["saga_id"], (short(item["subject"]), state, item["step"] or "", why, since))

    def above(self) -> str:
        """Which state is shown, and what needs a person."""
        shown = "" if self.status is None else self.say("only: {state}", state=self.say(self.status))
        stuck = self.say("! {count} need a person", count=self.stuck) if self.stuck else ""
        return "   ".join(each for each in (shown, stuck) if each)

    def open(self, key: str) -> None:
        """One of them, whole."""
        self.console.push_screen(OneSaga(key))

    def action_state(self) -> None:
        """Only sagas in the next state."""
        self.status = STATUSES[(STATUSES.index(self.status) + 1) % len(STATUSES)]
        self.begin()

    def action_leave(self) -> None:
        """All states first."""
        if self.status is None:
            super().action_leave()
        else:
            self.status = None
            self.begin()

    async def scanned(self, code: str) -> None:
        """An order's code is its saga's."""
        try:
            await self.console.client.get(f"/sagas/{code[:64]}")
        except Refused:
            self.tell(
                self.say("No saga is about {code}. Look for the order in the room Orders.", code=code), wrong=True
            )
        else:
            self.open(code)


class OneSaga(Page):
    """One saga: what was done, what failed and why, and what a person can decide."""

    TITLE_TEXT = mark("Saga")
    interest = ("saga.", "order.")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "steer('retry')", mark("Try again"), id="saga.retry"),
        Binding("ctrl+u", "steer('compensate')", mark("Take back"), id="saga.compensate"),
        Binding("ctrl+k", "steer('skip')", mark("Skip step"), id="saga.skip"),
    ]
    # What is asked before each decision: title, what it means, and the button.
    DECISIONS: ClassVar[dict[str, tuple[str, str, str]]] = {
        "retry": (
            mark("Try this step again?"),
            mark("It is called at once, under the same key: nothing is done twice. The reason is kept for good."),
            mark("Try again"),
        ),
        "compensate": (
            mark("Take everything back?"),
            mark("All that was done is undone: goods are set free, money goes back. This cannot be undone."),
            mark("Take back"),
        ),
        "skip": (
            mark("Take this step for done?"),
            mark("Nobody is called. Only do this when you have seen to it yourself. This cannot be undone."),
            mark("Skip step"),
        ),
    }

    def __init__(self, saga_id: str) -> None:
        super().__init__()
        self.saga_id = saga_id
        self.saga: Json = {}
        self.etag: str | None = None

    async def load(self) -> bool:
        """The saga with its story."""
        self.saga, self.etag = await self.console.client.read(f"/sagas/{self.saga_id}")
        return True

    def paragraphs(self) -> list[list[str]]:
        """What it is, its steps, its story."""
        return [self._top(), self._advice(), self._steps(), self._story()]

    def _top(self) -> list[str]:
        saga = self.saga
        state = f"{SIGNS.get(saga['status'], ' ')} {self.say(saga['status'])}"
        lines = [
            self.say("{definition} about {subject}", definition=saga["definition"], subject=saga["subject"]),
            self.say("It is: {state}", state=state),
        ]
        if saga["step"]:
            lines.append(self.say("Next step: {step}, {count} attempts", step=saga["step"], count=saga["attempts"]))
        why = [clean(each, 400) for each in (saga["code"], saga["detail"], saga["reason"]) if each]
        return [*lines, self.say("Why:") + " " + " - ".join(why)] if why else lines

    def _advice(self) -> list[str]:
        status = self.saga["status"]
        if status == "stuck":
            return [
                "! " + self.say("It needs a person. What to do:"),
                "  " + self.say("The fault is mended: try again (Ctrl+T)."),
                "  " + self.say("You have done this step by hand: skip it (Ctrl+K)."),
                "  " + self.say("It will never work: take everything back (Ctrl+U)."),
            ]
        if status == "waiting":
            return [self.say("It waits for people, mostly for somebody who picks. Nothing is wrong.")]
        return []

    def _steps(self) -> list[str]:
        lines = [self.say("Steps")]
        for step in self.saga["steps"]:
            when = self.console.texts.clock(step["started_at"], self.console.store.zone)
            tries = self.say("{count} attempts", count=step["attempts"]) if step["attempts"] > 1 else ""
            way = self.say("undo") if step["direction"] == "undo" else ""
            parts = (SIGNS.get(step["status"], " "), when, way, f"{step['step']}: {self.say(step['status'])}", tries)
            lines.append("  " + clean(" ".join(each for each in parts if each), 160))
            lines += [
                f"      {clean(each['code'], 40)}: {clean(each['detail'], 400)}"
                for each in step["errors"][-MOST_ERRORS:]
            ]
        return lines

    def _story(self) -> list[str]:
        lines = [self.say("Its story")]
        for told in self.saga["story"]:
            when = self.console.texts.moment(told["at"], self.console.store.zone)
            facts = ", ".join(f"{name}: {value}" for name, value in told.items() if _worth_telling(name, value))
            lines.append(f"  {when}  {clean(told['type'], 40)}  {clean(facts, 300)}".rstrip())
        return lines

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can still be decided, by who may."""
        if action != "steer":
            return True
        status = self.saga.get("status")
        if not status or status in FINISHED or not self.role_in(STEERING):
            return False
        return not (status == "compensating" and parameters == ("compensate",))

    def action_steer(self, action: str) -> None:
        """Decide about it, with a reason."""
        self.do(lambda: self._steer(action))

    async def _steer(self, action: str) -> None:
        title, text, yes = self.DECISIONS[action]
        fields = (Field("reason", mark("Reason")),)
        typed = await self.ask(Question(self.say(title), self.say(text), fields, self.say(yes)))
        if typed is not None and await self.send("POST", f"/sagas/{self.saga_id}/{action}", dict(typed)):
            self.tell(self.say("Decided. It goes on by itself; this page shows how."))
            self.reload()


_KNOWN = frozenset({"at", "type", "saga_id", "definition", "version", "subject"})


def _worth_telling(name: str, value: object) -> bool:
    return (
        name not in _KNOWN and not name.endswith(("_at", "_ms")) and bool(value) and not isinstance(value, (dict, list))
    )


def _searched(item: Json) -> str:
    named = ("subject", "saga_id", "step", "code", "detail", "reason", "definition")
    return " ".join(str(item[name] or "") for name in named).lower()


def short(identity: str) -> str:
    """As much of an id as tells things apart: the end, which is the random part."""
    return identity if len(identity) <= SHORT else f"..{identity[2 - SHORT :]}"
