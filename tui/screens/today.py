"""Today: what the day came to, hour by hour, what waits, and how the store is."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.timer import Timer

from tui.client import Json
from tui.messages import Changed
from tui.office import OVERSIGHT
from tui.screens.room import LOADING, SHOWN, Room
from tui.settings import ASK_HQ_EVERY_SECONDS
from tui.severity import SIGNS
from tui.texts import mark
from tui.widgets.chart import bars
from tui.widgets.lines import Lines
from tui.words import clean, padded

STUCK = "stuck"
MOST_PROBLEMS = 5
AGE_SECONDS = 1  # all screens that show the day may show what one of them was just told
QUIET_SECONDS = 2.5  # longer than two tellings of a busy day are apart: only after the last of them it is read again
ROOMY = 40  # columns of the day's half on a terminal of 80


class Today(Room):
    """The day at a glance. Cashiers see what waits; sums are for those who may read reports."""

    TITLE_TEXT = mark("Today")
    interest = ("sale.", "refund.", "order.", "stock.oversold", "store.", "finding.")
    BINDINGS: ClassVar = []

    def __init__(self) -> None:
        super().__init__()
        self.report: Json = {}
        self.orders: dict[str, int] = {}
        self.problems: list[Json] = []
        self.autonomy: Json = {}
        self.documents: list[Json] = []
        self._quiet: Timer | None = None

    def body(self) -> ComposeResult:
        """The day to the left, what waits to the right."""
        with Horizontal(classes="wide"):
            with VerticalScroll(id="day"):
                yield Lines(id="sums")
                yield Lines(id="hours")
            with VerticalScroll(id="waiting"):
                yield Lines(id="waits")

    def on_mount(self) -> None:
        """What is no event is asked for now and then."""
        self.set_interval(ASK_HQ_EVERY_SECONDS, self._look)
        self._look_when_quiet()

    def on_changed(self, message: Changed) -> None:
        """What is read at once may have been made before this happened."""
        if any(kind.startswith(self.interest) for kind in message.kinds):
            self._look_when_quiet()

    def _look_when_quiet(self) -> None:
        if self._quiet is not None:
            self._quiet.stop()
        self._quiet = self.set_timer(QUIET_SECONDS, self._look)

    def _look(self) -> None:
        if self.is_current and self.state != LOADING:
            self.reload()

    async def load(self) -> bool:
        """Of the report or the last receipts, the orders under way and what is wrong, what may have changed."""
        client, person = self.console.client, self.console.person
        overseer = person is not None and person.role in OVERSIGHT
        if self.reasons.concern("sale.", "refund."):
            if overseer:
                self.report = await client.get("/reports/day", age=AGE_SECONDS)
            else:
                self.documents = (await client.get("/sales", {"kind": "any", "limit": 10}))["items"]
        if self.reasons.concern("order."):
            self.orders = (await client.get("/orders/counts", age=AGE_SECONDS))["counts"]
        if overseer and self.reasons.concern("store.", "finding.", "stock."):
            found = await client.get("/problems", age=AGE_SECONDS)
            self.problems, self.autonomy = found["items"], found["autonomy"]
        return True

    def draw(self) -> None:
        """Show it."""
        self.query_one("#sums", Lines).put("\n".join(self._sums() if self.report else self._receipts()))
        self.query_one("#hours", Lines).put(self._hours() if self.report else "")
        self.query_one("#waits", Lines).put(
            "\n\n".join("\n".join(each) for each in (self._orders(), self._wrong(), self._office()) if each)
        )

    def refresh_head(self) -> None:
        """What is known of head office stands in the line above, and below."""
        super().refresh_head()
        if self.ready and self.state == SHOWN and self.query("#sums"):  # a console that ends takes it first
            self.draw()

    def _sums(self) -> list[str]:
        day = self.report
        lines = [self.console.texts.day(day["date"]), ""]
        named = ((mark("Sales"), "sales"), (mark("Refunds"), "refunds"), (mark("Voids"), "voids"))
        lines += [
            self._line(self.say(label), str(day[name]["count"]), self.money(day[name]["amount"]))
            for label, name in named
        ]
        lines.append(self._line(self.say("Total"), day["currency"], self.money(day["total"])))
        lines += ["", self.say("Taken by tender")]
        lines += [
            self._line(self.say(each["type"]), str(each["count"]), self.money(each["amount"]))
            for each in day["tenders"]
        ]
        return lines if day["tenders"] else [*lines, "  " + self.say("Nothing yet. The first sale will stand here.")]

    def _receipts(self) -> list[str]:
        lines = [self.console.texts.day(self.console.store.business_date), "", self.say("Last receipts")]
        lines += [
            self._line(each["receipt_number"], self.say(each["kind"]), self.money(each["total"]))
            for each in self.documents
        ]
        return lines if self.documents else [*lines, "  " + self.say("Nothing yet. The first sale will stand here.")]

    def _hours(self) -> str:
        hours = [(each["hour"], each["amount"], self.money(each["amount"])) for each in self.report["hours"]]
        if not hours:
            return ""
        return "\n".join(["", self.say("Hour by hour"), *bars(hours, max(self.query_one("#day").size.width - 4, 20))])

    def _orders(self) -> list[str]:
        lines = [self.say("Open orders")]
        for status, count in self.orders.items():
            if count:
                lines.append(f"  {count:>5} {'! ' if status == STUCK else ''}{self.say(status)}")
        return lines if len(lines) > 1 else [*lines, "  " + self.say("None.")]

    def _wrong(self) -> list[str]:
        if not self.autonomy:
            return []  # whoever is not told of problems is not told that there are none
        lines = [self.say("Problems")]
        lines += [f"  {SIGNS[each['severity']]} {self.say(each['title'])}" for each in self.problems[:MOST_PROBLEMS]]
        more = len(self.problems) - MOST_PROBLEMS
        if more > 0:
            lines.append("  " + self.say("and {count} more: F8", count=more))
        lines += [] if self.problems else ["  " + self.say("None that is known.")]
        return [*lines, *self._days()]

    def _days(self) -> list[str]:
        days, reason = self.console.texts.number(int(self.autonomy["days"])), self.say(self.autonomy["reason"])
        return ["  " + self.say("Can trade on for {days} days ({reason}).", days=days, reason=reason)]

    def _office(self) -> list[str]:
        office = self.console.office
        lines = [self.say("Head office")]
        if office.enabled is None:
            return [*lines, "  " + self.say("Not asked yet.")]
        if not office.enabled:
            return [*lines, "  " + self.say("None is set. Everything is kept here.")]
        lines.append("  " + office.say(self.console.texts))
        if office.unsent and office.oldest is not None:
            since = self.console.texts.moment(office.oldest, self.console.store.zone)
            lines.append("  " + self.say("the oldest since {since}", since=since))
        if office.paused:
            lines.append("  ! " + self.say("Sending is paused."))
        if office.trouble:
            lines.append("  " + clean(self.say(office.trouble), 120))
        return [*lines, "  " + self.say("Selling does not depend on it.")]

    def _line(self, label: str, middle: str, sum_: str) -> str:
        if self.query_one("#day").size.width < ROOMY:
            return f" {padded(label, 11)} {middle:>5} {sum_:>9}"
        return f"  {padded(label, 14)} {middle:>6} {sum_:>14}"
