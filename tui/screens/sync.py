"""The way to head office: how far it has what happened here, what keeps it, and whether both sides are equal."""

from __future__ import annotations

import time
from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.client import Json
from tui.rights import ADMINISTRATION
from tui.screens.page import Page
from tui.settings import ASK_HQ_EVERY_SECONDS
from tui.texts import mark
from tui.widgets.chart import bars
from tui.words import clean

SAMPLES = 12  # two minutes of them, one line each
_WORDS = (mark("held"), mark("refused"), mark("unknown"))


class Sync(Page):
    """Where it stands, now and over the last minutes."""

    TITLE_TEXT = mark("Sync")
    NOTHING = mark(
        "No head office is set: everything is kept here, and selling needs nothing else. To connect one, see"
        " docs/how-to/connect-to-head-office.md."
    )
    interest = ("store.",)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "pause", mark("Pause"), id="sync.pause"),
        Binding("ctrl+t", "resume", mark("Resume"), id="sync.resume"),
        Binding("ctrl+e", "compare", mark("Compare"), id="sync.compare"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.sync: Json = {}
        self.compared: Json | None = None
        self.samples: list[tuple[str, int]] = []

    def on_mount(self) -> None:
        """The way is no event, so it is asked for."""
        self.set_interval(ASK_HQ_EVERY_SECONDS, self._look)

    def _look(self) -> None:
        if self.is_current:
            self.reload()

    async def load(self) -> bool:
        """Where it stands."""
        self.sync = await self.console.client.get("/sync")
        backlog = self.sync.get("backlog")
        if backlog is not None:
            clock = time.strftime("%H:%M:%S")
            self.samples = [*self.samples, (clock, backlog["events"])][-SAMPLES:]
        return bool(self.sync["enabled"])

    def paragraphs(self) -> list[list[str]]:
        """Where it stands, what keeps it, what waits, what comes down."""
        return [self._top(), self._trouble(), self._fork(), self._comparison(), self._chart(), self._down()]

    def _top(self) -> list[str]:
        sync, backlog = self.sync, self.sync["backlog"] or {}
        link = self.say("* connected to {url}", url=sync["url"]) if sync["connected"] else self.say("! not connected")
        lines = [link]
        if sync["paused"]:
            lines.append(self.say("! Sending is paused. Events wait here; selling goes on. Ctrl+T goes on sending."))
        lines.append(
            self.say(
                "Recorded here: {position}. Head office has: {acknowledged}.",
                position=sync["position"],
                acknowledged=sync["acknowledged"],
            )
        )
        if not backlog.get("events"):
            return [*lines, self.say("Head office has everything.")]
        since = self.console.texts.moment(backlog["oldest_recorded_at"], self.console.store.zone)
        told = self.say("{count} events wait, about {bytes} bytes", count=backlog["events"], bytes=backlog["bytes"])
        lines.append(f"{told}; {self.say('the oldest since {since}', since=since)}")
        if sync["drained_in_seconds"] is not None:
            span = self.console.texts.span(sync["drained_in_seconds"])
            lines.append(self.say("At this rate they are there in {span}.", span=span))
        return lines

    def _trouble(self) -> list[str]:
        troubles = [self.sync["trouble"], *((self.sync["down"] or {}).get("troubles") or [])]
        lines: list[str] = []
        for each in troubles:
            if each:
                title, hint = each["title"], each["hint"]
                lines += [f"! {clean(self.say(title), 200)}", f"  {clean(each['detail'], 400)}"]
                lines += ["  " + self.say("What to do:") + " " + clean(self.say(hint), 600)]
        return lines

    def _fork(self) -> list[str]:
        if (self.sync["incarnation"] or 1) <= 1:
            return []
        return [
            self.say("This is life {number} of this store's log.", number=self.sync["incarnation"]),
            "  " + self.say("The log went on in a new life: the box was restored or copied, or head office held"),
            "  " + self.say("other events than it. Nothing is lost; receipt numbers carry the new life's number."),
            "  " + self.say("Two boxes of one store must not both sell: stop the one that is no longer wanted."),
            "  " + self.say("If head office has no stream for this life, the line to run there stands above."),
        ]

    def _comparison(self) -> list[str]:
        found = self.compared
        if found is None:
            return []
        if found["equal"]:
            told = self.say("+ Both sides are equal up to {position}", position=found["up_to"])
            return [told + "; " + self.say("{count} events were compared byte for byte.", count=found["sampled"])]
        lines = [self.say("! The two sides are NOT equal.")]
        lines += ["  " + clean(each, 300) for each in found["problems"]]
        return [*lines, "  " + self.say("Go on selling, and run at head office: backroom hq compare {store}",
                                        store=self.sync["store_id"])]  # fmt: skip

    def _chart(self) -> list[str]:
        if not any(count for _, count in self.samples):
            return []
        width = max(self.query_one("#page").size.width - 4, 20)
        drawn = bars([(clock, count, str(count)) for clock, count in self.samples], width)
        return [self.say("Events that wait, of late"), *drawn]

    def _down(self) -> list[str]:
        down = self.sync["down"]
        if not down:
            return []
        commands, prices = down["commands"], down["pricelists"]
        lines = [self.say("From head office")]
        lines.append(
            "  "
            + self.say(
                "commands: {applied} done, {refused} refused", applied=commands["applied"], refused=commands["refused"]
            )
        )
        if commands["last_refusal"]:
            lines.append("    ! " + clean(commands["last_refusal"], 300))
        force = prices["in_force"]
        lines.append("  " + self.say("prices: {version}", version=force["version"] if force else "-"))
        refused = (*prices["refused"], *down["policies"]["refused"])
        lines += ["    ! " + clean(f"{each['key']}: {each['reason']} {each['detail']}", 300) for each in refused]
        return [*lines, "  " + self.say("settings: {count} set from afar", count=len(down["policies"]["set"]))]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """Only what can be done, by who may."""
        if action not in ("pause", "resume", "compare"):
            return True
        if not self.sync.get("enabled") or not self.role_in(ADMINISTRATION):
            return False
        return action == "compare" or bool(self.sync["paused"]) == (action == "resume")

    def action_pause(self) -> None:
        """Send nothing until told otherwise."""
        self.do(lambda: self._switch("pause", self.say("Sending is paused, also after a restart.")))

    def action_resume(self) -> None:
        """Go on."""
        self.do(lambda: self._switch("resume", self.say("Sending goes on.")))

    async def _switch(self, verb: str, done: str) -> None:
        if await self.send("POST", f"/sync/{verb}") is not None:
            self.tell(done)
            self.console.look_at_office()
            self.reload()

    def action_compare(self) -> None:
        """Hold both ends against each other."""
        self.tell(self.say("Comparing ..."))
        self.do(self._compare)

    async def _compare(self) -> None:
        found = await self.send("POST", "/sync/compare")
        if found is not None:
            self.compared = found
            self.tell(self.say("Compared; see above."))
            self.reload()
