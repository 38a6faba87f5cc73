"""The cash drawer of one till: opened, counted blind, closed with a Z."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui.client import Json
from tui.screens.asking import Field, Question
from tui.screens.room import Room
from tui.texts import mark
from tui.words import padded

MAY_SEE_EXPECTED = frozenset({"supervisor", "manager", "support", "hq"})
COUNTED = Field("counted", mark("Counted"))
AMOUNT = Field("amount", mark("Amount"))
WHY = Field("reason", mark("Reason"))


class Drawer(Room):
    """One till's drawer. Whoever counts is not told what should be in it."""

    TITLE_TEXT = mark("Drawer")
    NOTHING = mark("This store has no till yet. A manager adds one: backroom registers add till-1")
    interest = ("drawer.", "register.", "sale.", "refund.")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "open", mark("Open"), id="drawer.open"),
        Binding("ctrl+t", "paid_in", mark("Paid in"), id="drawer.in"),
        Binding("ctrl+g", "paid_out", mark("Paid out"), id="drawer.out"),
        Binding("ctrl+n", "count", mark("Count"), id="drawer.count"),
        Binding("ctrl+o", "close", mark("Close (Z)"), id="drawer.close"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.register_id: str | None = None
        self.report: Json = {}
        self.closed: Json | None = None
        self.etag: str | None = None

    def body(self) -> ComposeResult:
        """The X report, and the last Z."""
        with VerticalScroll(classes="wide", id="page"):
            yield Static("", id="one", classes="line", markup=False)

    async def load(self) -> bool:
        """The drawer of this console's till, or of the first there is."""
        self.register_id = self.console.settings.register or self.console.store.register_id or await self._first()
        if self.register_id is None:
            return False
        self.report, self.etag = await self.console.client.read(f"/registers/{self.register_id}/drawer")
        return True

    async def _first(self) -> str | None:
        items = (await self.console.client.get("/registers"))["items"]
        return str(items[0]["register_id"]) if items else None

    def draw(self) -> None:
        """The X report."""
        lines = self._x()
        if self.closed is not None:
            lines += ["", *self._z(self.closed)]
        self.query_one("#one", Static).update("\n".join(lines))
        self.refresh_bindings()

    def _x(self) -> list[str]:
        report, store = self.report, self.console.store
        state = self.say("open") if report["drawer_open"] else self.say("closed")
        lines = [
            self.say("{name}, session {session}: {state}", name=report["name"], session=report["session"], state=state)
        ]
        if report["opened_at"]:
            lines.append(self.say("since {when}", when=self.console.texts.moment(report["opened_at"], store.zone)))
        lines += ["", *self._sums(report)]
        person = self.console.person
        if person is not None and person.role in MAY_SEE_EXPECTED and report["counted"] is not None:
            lines.append(self._line(mark("Should be in it"), report["expected"]))
            lines.append(self._line(mark("Counted"), report["counted"]))
        return lines

    def _z(self, report: Json) -> list[str]:
        difference = report["difference"]
        return [
            self.say("Z report {session} of {date}", session=report["session"], date=report["business_date"]),
            *self._sums(report),
            self._line(mark("Should be in it"), report["expected"]),
            self._line(mark("Counted"), report["counted"]),
            self._line(mark("! Difference") if difference else mark("Difference"), difference),
        ]

    def _sums(self, report: Json) -> list[str]:
        named = (
            (mark("Opening float"), "opening_float"),
            (mark("Paid in"), "paid_in"),
            (mark("Paid out"), "paid_out"),
            (mark("Sales"), "sales_amount"),
            (mark("Refunds"), "refunds_amount"),
            (mark("Voids"), "voids_amount"),
        )
        tenders = [self._line(each["type"], each["amount"]) for each in report["tenders"] if each["type"] != "cash"]
        return [*(self._line(label, report[name]) for label, name in named), *tenders]

    def _line(self, label: str, amount: int) -> str:
        return f"  {padded(self.say(label), 20)} {self.money(amount):>14}"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """An open drawer is not opened, a closed one not closed."""
        person = self.console.person
        if action in {"open", "paid_in", "paid_out", "count", "close"} and (person is None or person.role == "hq"):
            return False
        is_open = bool(self.report.get("drawer_open"))
        return not is_open if action == "open" else (is_open or action not in {"paid_in", "paid_out", "count"})

    def action_open(self) -> None:
        """Begin with cash in it."""
        self.do(lambda: self._move("open", mark("Open the drawer"), (Field("opening_float", mark("Cash in it")),)))

    def action_paid_in(self) -> None:
        """Cash that no sale brought."""
        self.do(lambda: self._move("paid-in", mark("Paid in"), (AMOUNT, WHY)))

    def action_paid_out(self) -> None:
        """Cash that no refund took."""
        self.do(lambda: self._move("paid-out", mark("Paid out"), (AMOUNT, WHY)))

    def action_count(self) -> None:
        """Count without being told."""
        self.do(lambda: self._move("count", mark("Count the cash"), (COUNTED,)))

    def action_close(self) -> None:
        """The Z report."""
        self.do(self._close)

    async def _close(self) -> None:
        remark = Field("reason", mark("Remark, where it may differ"), wanted=False)
        closed = await self._move("close", mark("Close with a Z"), (COUNTED, remark), sure=True)
        if closed is not None:
            self.closed = closed

    async def _move(self, way: str, title: str, fields: tuple[Field, ...], *, sure: bool = False) -> Json | None:
        typed = await self.ask(Question(self.say(title), self._register(), fields, self.say("Book")))
        if typed is None:
            return None
        amount = self.console.texts.minor(typed[fields[0].name], self.console.store.decimals)
        if amount is None or amount < 0:
            self.tell(self.say("{text} is no sum. Nothing was booked.", text=typed[fields[0].name]), wrong=True)
            return None
        counted = self.say("Counted {sum}. A Z report cannot be undone.", sum=self.money(amount, code=True))
        if sure and not await self.sure(self.say("Close the drawer?"), counted):
            return None
        body = {**typed, fields[0].name: amount}
        path = f"/registers/{self.register_id}/drawer/{way}"
        done = await self.send("POST", path, body, action="drawer", etag=self.etag)
        if done is not None:
            self.tell(self.say("Booked."))
            self.reload()
        return done

    def _register(self) -> str:
        return self.say("Till {name}", name=self.report.get("name") or self.register_id or "")
