"""Problems: everything that is wrong now, in plain words, mended from here where the store can mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from tui.client import Json
from tui.rights import ADMINISTRATION
from tui.screens.listing import Listing
from tui.settings import ASK_HQ_EVERY_SECONDS
from tui.severity import SIGNS
from tui.texts import mark
from tui.widgets.table import Column, Row
from tui.words import clean

FINDING = "finding-"  # written down, and resolved by a person; everything else goes when its cause does
GIVES_UP_BACKUPS = "make-room"  # the one fix that cannot be undone


class Advice(NamedTuple):
    """The room where a kind of problem is mended, and what to do there; without a text the store's own next step."""

    room: str
    text: str = ""


ADVICE: Mapping[str, Advice] = {
    "sagas-stuck": Advice("sagas", mark("It needs a person: open it, then try again, skip the step or take all back.")),
    "dead-letters": Advice("dead-letters", mark("Open it: it says why it gave up, and can be tried again.")),
    "head-office-away": Advice("sync"),
    "sync-paused": Advice("sync", mark("Ctrl+T in the room Sync goes on sending.")),
    "prices-old": Advice("sync", mark("See in the room Sync what keeps head office away, then call it.")),
    "hq-lost-tail": Advice("sync"),
    "incarnation": Advice(
        "sync",
        mark(
            "The log went on in a new life. Nothing is lost. If another box of this store still runs, stop it;"
            " the room Sync says what head office has to do."
        ),
    ),
    "pins-unset": Advice("people", mark("Give them a PIN code in the room People (Ctrl+T).")),
    "backup-old": Advice("system", mark("F9 takes one now; selling goes on.")),
    "backup-failed": Advice("system", mark("Correct the cause named, then F9 takes one.")),
    "rebuild-broke": Advice("system", mark("F9 rebuilds the view; selling goes on meanwhile.")),
}
OTHER = Advice("system")


class Problems(Listing):
    """What is wrong, the worst first; F9 lets the store mend it, Enter goes to where a person does."""

    TITLE_TEXT = mark("Problems")
    NOTHING = mark("+ Nothing is known to be wrong. Press q to go back.")
    interest = ("saga.", "store.", "finding.", "order.stuck", "operator.")
    COLUMNS = (Column(mark("What"), 34), Column(mark("More"), 0, drop=2), Column(mark("Since"), 18, drop=1))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "fix", mark("Mend"), id="problems.fix"),
        Binding("ctrl+t", "resolve", mark("Seen to"), id="problems.resolve"),
    ]

    def body(self) -> ComposeResult:
        """The list, and what to do about the one under the cursor."""
        yield from super().body()
        yield Static("", id="advice", classes="line", markup=False)

    def on_mount(self) -> None:
        """What is looked at live is no event."""
        self.set_interval(ASK_HQ_EVERY_SECONDS, self._look)

    def _look(self) -> None:
        if self.is_current:
            self.reload()

    async def page(self, cursor: str | None) -> Json:  # noqa: ARG002  there is one page
        """Everything that is known to be wrong."""
        found = await self.console.client.get("/problems")
        wanted = self.query_text.lower()
        kept = [each for each in found["items"] if wanted in f"{self._title(each)} {each['detail']}".lower()]
        return {"items": kept, "next_cursor": None}

    def _title(self, item: Json) -> str:
        return self.say(item["title"])

    def row(self, item: Json) -> Row:
        """One of them."""
        since = self.console.texts.moment(item["since"], self.console.store.zone)
        return Row(item["problem_id"], (f"{SIGNS[item['severity']]} {self._title(item)}", item["detail"], since))

    def draw(self) -> None:
        """Show them, and what to do about the first."""
        super().draw()
        self._advise()

    def on_table_moved(self) -> None:
        """What to do about the one under the cursor."""
        self._advise()
        self.refresh_bindings()

    def _advise(self) -> None:
        item = self._under_cursor()
        if item is None:
            return
        advice = advice_for(item["kind"])
        told = [
            clean(f"{self._title(item)}: {item['detail']}", 400),
            f"{self.say('What to do:')} {clean(self.say(advice.text or item['next_step']), 400)}",
            self.say("F9 mends it.") if self.check_action("fix", ()) else self.say("Enter goes there."),
        ]
        self.query_one("#advice", Static).update("\n".join(told))

    def _under_cursor(self) -> Json | None:
        return next((each for each in self.items if each["problem_id"] == self.table.key), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done about the one under the cursor, by who may."""
        if action not in ("fix", "resolve"):
            return super().check_action(action, parameters)
        item, person = self._under_cursor() if self.ready else None, self.console.person
        if item is None or person is None or person.role not in ADMINISTRATION:
            return False
        return item["fix"] is not None if action == "fix" else item["problem_id"].startswith(FINDING)

    def open(self, key: str) -> None:
        """To where it is mended."""
        found = next(each for each in self.items if each["problem_id"] == key)
        self.console.action_go(advice_for(found["kind"]).room)

    def action_fix(self) -> None:
        """Let the store mend the one under the cursor."""
        self.do(self._fix)

    async def _fix(self) -> None:
        item = self._under_cursor()
        if item is None:
            return
        text = self.say("Every backup but the newest is given up, which cannot be undone.")
        if item["fix"] == GIVES_UP_BACKUPS and not await self.sure(self.say("Make room?"), text):
            return
        if await self.send("POST", f"/problems/{item['problem_id']}/fix") is not None:
            self.tell(self.say("It is being mended; it leaves the list when it is done. Selling goes on meanwhile."))
            self.reload()

    def action_resolve(self) -> None:
        """Say that somebody has seen to the one under the cursor."""
        self.do(self._resolve)

    async def _resolve(self) -> None:
        item = self._under_cursor()
        if item is not None and await self.send("POST", f"/problems/{item['problem_id']}/resolve") is not None:
            self.tell(self.say("Seen to: {title}", title=self._title(item)))
            self.reload()


def advice_for(kind: str) -> Advice:
    """What to do about this kind of problem, and where."""
    return ADVICE.get(kind, OTHER)
