"""What was sold: found, looked at, voided, given back."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar
from urllib.parse import quote

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui.client import Json
from tui.problems import ConsoleError, Refused
from tui.screens.asking import Field, Question
from tui.screens.listing import PAGE, Listing
from tui.screens.receipt import lines_of
from tui.screens.room import Room
from tui.texts import mark
from tui.widgets.table import Column, Row

REASON = Field("reason", mark("Reason"))


class Receipts(Listing):
    """Receipts, newest first; searched by the till's own reference."""

    TITLE_TEXT = mark("Receipts")
    NOTHING = mark("No receipt is found. Escape goes back.")
    SEARCH = mark("The till's own number of a sale")
    interest = ("sale.", "refund.")
    COLUMNS = (
        Column(mark("Receipt"), 16),
        Column(mark("What"), 6),
        Column(mark("State"), 15, drop=2),
        Column(mark("When"), 17, drop=1),
        Column(mark("Sum"), 10, right=True),
    )

    async def page(self, cursor: str | None) -> Json:
        """A part of them."""
        asked = {"client_ref": self.query_text} if self.query_text else {"kind": "any", "limit": PAGE, "cursor": cursor}
        return await self.console.client.get("/sales", asked)

    def row(self, item: Json) -> Row:
        """One of them."""
        when = self.console.texts.moment(item["occurred_at"], self.console.store.zone)
        cells = (item["receipt_number"], self.say(item["kind"]), self.say(item["status"]), when)
        return Row(str(item["position"]), (*cells, self.money(item["total"])))

    def open(self, key: str) -> None:
        """Look at the sale it is about."""
        item = next(each for each in self.items if str(each["position"]) == key)
        if item["sale_id"] is None:
            self.tell(self.say("This refund names no sale: there is nothing to void or give back."), wrong=True)
        else:
            self.console.push_screen(OneSale(item["sale_id"]))

    async def scanned(self, code: str) -> None:
        """A receipt's code is its number, its sale's id, or the till's own number of the sale."""
        listed = next((each for each in self.items if each["receipt_number"] == code), None)
        if listed is not None:
            self.open(str(listed["position"]))
        elif await self._is_sale(code):
            self.console.push_screen(OneSale(code))
        else:
            self.query_text = code
            self.begin()

    async def _is_sale(self, code: str) -> bool:
        try:
            await self.console.client.get(f"/sales/{quote(code, safe='')}")
        except ConsoleError:
            return False
        return self.is_current  # who has gone elsewhere meanwhile is not called back


class OneSale(Room):
    """One sale, and what can still be done about it."""

    TITLE_TEXT = mark("Receipt")
    interest = ("sale.", "refund.")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "refund", mark("Give back"), id="receipt.refund"),
        Binding("ctrl+t", "void", mark("Void"), id="receipt.void"),
    ]

    def __init__(self, sale_id: str) -> None:
        super().__init__()
        self.sale_id = sale_id
        self.sale: Json = {}

    def body(self) -> ComposeResult:
        """The receipt."""
        with VerticalScroll(classes="wide"):
            yield Static("", id="one", classes="line", markup=False)

    async def load(self) -> bool:
        """The sale whole."""
        self.sale = await self.console.client.get(f"/sales/{self.sale_id}")
        return True

    def draw(self) -> None:
        """The receipt, and what has become of it."""
        lines = [*lines_of(self.sale, self), "", self.say("State: {state}", state=self.say(self.sale["status"]))]
        lines += [
            self.say("given back {sum}: {reason}", sum=self.money(each["total"]), reason=each["reason"])
            for each in self.sale["refunds"]
        ]
        if self.sale["void"]:
            lines.append(self.say("voided: {reason}", reason=self.sale["void"]["reason"]))
        self.query_one("#one", Static).update("\n".join(lines))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """What is voided or given back whole is done with."""
        status = self.sale.get("status")
        if action == "void":
            return status == "completed"
        return status in {"completed", "partly_refunded"} if action == "refund" else True

    def action_void(self) -> None:
        """Undo it whole."""
        self.do(self._void)

    async def _void(self) -> None:
        text = self.say("It is undone whole, which cannot be undone itself.")
        typed = await self.ask(Question(self.say("Void this sale?"), text, (REASON,), self.say("Void it")))
        register = None if typed is None else await self.register()
        if typed is None or register is None:
            return
        body = {"register_id": register, "reason": typed["reason"]}
        void = await self.send("POST", f"/sales/{self.sale_id}/void", body, action="void")
        if void is not None:
            self.tell(self.say("Voided: {sum} go back.", sum=self.money(void["total"], code=True)))
            self.reload()

    def action_refund(self) -> None:
        """Give money back for some of it."""
        self.do(self._refund)

    async def _refund(self) -> None:
        fields = tuple(_field(each) for each in self.sale["lines"])
        text = self.say("How much of each line comes back? What is left empty stays sold.")
        typed = await self.ask(Question(self.say("Give back in cash"), text, (*fields, REASON), self.say("Give back")))
        register = None if typed is None else await self.register()
        if typed is None or register is None:
            return
        lines = self._lines(typed)
        if not lines:
            self.tell(self.say("No quantity was typed. Nothing was given back."), wrong=True)
            return
        body = {"register_id": register, "reason": typed["reason"], "lines": lines, "tenders": self._cash(lines)}
        refund = await self.send("POST", f"/sales/{self.sale_id}/refunds", body, action="refund", correct=corrected)
        if refund is not None:
            paid = sum(each["amount"] for each in refund["tenders"])
            self.tell(self.say("Give back {sum}.", sum=self.money(paid, code=True)))
            self.reload()

    def _lines(self, typed: dict[str, str]) -> list[Json]:
        quantities = {each["line"]: typed[f"line-{each['line']}"] for each in self.sale["lines"]}
        found = {line: self.console.texts.decimal(text) for line, text in quantities.items() if text}
        return [{"line": line, "quantity": format(value, "f")} for line, value in found.items() if value]

    def _cash(self, lines: list[Json]) -> list[Json]:
        sold = {each["line"]: each for each in self.sale["lines"]}
        parts = (
            Decimal(sold[each["line"]]["amount"]) * Decimal(each["quantity"]) / Decimal(sold[each["line"]]["quantity"])
            for each in lines
        )
        amount = sum(int(part.quantize(Decimal(1), ROUND_HALF_UP)) for part in parts)
        return [{"type": "cash", "amount": amount}] if amount else []


def corrected(body: Json, refused: Refused) -> Json | None:
    """The request again with the sum that the store says it comes to."""
    due = refused.problem.get("due")
    if refused.code not in {"tenders-do-not-cover", "tenders-exceed"} or not isinstance(due, int):
        return None
    return body | {"tenders": [{"type": "cash", "amount": due}]}


def _field(line: Json) -> Field:
    label = f"{line['name'][:40]} ({line['quantity']})"
    return Field(f"line-{line['line']}", label, wanted=False)
