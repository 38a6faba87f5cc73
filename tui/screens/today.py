"""Today: what the day came to, hour by hour, what waits, and how the store is."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from tui.client import Json
from tui.office import OVERSIGHT
from tui.screens.room import Room
from tui.texts import mark
from tui.widgets.chart import bars
from tui.words import padded

OPEN_ORDERS = ("created", "reserved", "awaiting_pick", "picked", "paid", "ready_for_collection", "stuck")
MOST = 500


class Today(Room):
    """The day at a glance. Cashiers see what waits; sums are for those who may read reports."""

    TITLE_TEXT = mark("Today")
    interest = ("sale.", "refund.", "order.", "stock.oversold", "store.", "finding.")
    BINDINGS: ClassVar = []

    def __init__(self) -> None:
        super().__init__()
        self.report: Json = {}
        self.orders: dict[str, int] = {}
        self.findings: list[Json] = []
        self.documents: list[Json] = []

    def body(self) -> ComposeResult:
        """The day to the left, what waits to the right."""
        with Horizontal(classes="wide"):
            with VerticalScroll(id="day"):
                yield Static("", id="sums", classes="line", markup=False)
                yield Static("", id="hours", classes="line", markup=False)
            with VerticalScroll(id="waiting"):
                yield Static("", id="waits", classes="line", markup=False)

    async def load(self) -> bool:
        """The report where the role may read it, otherwise the last receipts; orders by state; what is wrong."""
        client, person = self.console.client, self.console.person
        if person is not None and person.role in OVERSIGHT:
            self.report = await client.get("/reports/day")
            self.findings = (await client.get("/findings"))["items"]
        else:
            self.documents = (await client.get("/sales", {"kind": "any", "limit": 10}))["items"]
        for status in OPEN_ORDERS:
            found = await client.get("/orders", {"status": status, "limit": MOST})
            self.orders[status] = len(found["items"])
        self.console.look_at_office()
        return True

    def draw(self) -> None:
        """Show it."""
        self.query_one("#sums", Static).update("\n".join(self._sums() if self.report else self._receipts()))
        self.query_one("#hours", Static).update(self._hours() if self.report else "")
        self.query_one("#waits", Static).update("\n".join([*self._orders(), "", *self._wrong(), "", *self._office()]))

    def _sums(self) -> list[str]:
        day = self.report
        lines = [self.console.texts.day(day["date"]), ""]
        named = ((mark("Sales"), "sales"), (mark("Refunds"), "refunds"), (mark("Voids"), "voids"))
        lines += [
            _line(self.say(label), str(day[name]["count"]), self.money(day[name]["amount"])) for label, name in named
        ]
        lines.append(_line(self.say("Total"), day["currency"], self.money(day["total"])))
        lines += ["", self.say("Taken by tender")]
        lines += [
            _line(self.say(each["type"]), str(each["count"]), self.money(each["amount"])) for each in day["tenders"]
        ]
        return lines if day["tenders"] else [*lines, "  " + self.say("Nothing yet. The first sale will stand here.")]

    def _receipts(self) -> list[str]:
        lines = [self.console.texts.day(self.console.store.business_date), "", self.say("Last receipts")]
        lines += [
            _line(each["receipt_number"], self.say(each["kind"]), self.money(each["total"])) for each in self.documents
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
                more = "+" if count >= MOST else ""
                lines.append(f"  {count:>4}{more} {'! ' if status == 'stuck' else ''}{self.say(status)}")
        return lines if len(lines) > 1 else [*lines, "  " + self.say("None.")]

    def _wrong(self) -> list[str]:
        lines = [self.say("Problems")]
        for each in self.findings[:5]:
            lines += [f"  ! {self.say(each['kind'])}", "    " + self.say("{detail}", detail=each["detail"])]
        return lines if self.findings else [*lines, "  " + self.say("None that is known.")]

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
            lines.append("  " + self.say("{hint}", hint=office.trouble))
        return [*lines, "  " + self.say("Selling does not depend on it.")]


def _line(label: str, middle: str, sum_: str) -> str:
    return f"  {padded(label, 14)} {middle:>6} {sum_:>14}"
