"""A simple till: scan, pay, receipt. What is being rung up stays here until it is booked or dropped."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar
from urllib.parse import quote

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Static

from tui.client import Json
from tui.problems import ConsoleError, Refused
from tui.screens.asking import Field, Question
from tui.screens.receipt import lines_of
from tui.screens.receipts import Receipts
from tui.screens.room import Room
from tui.texts import mark
from tui.widgets.table import Column, Row, Table
from tui.widgets.typed import Typed

COLUMNS = (
    Column(mark("Product"), 0),
    Column(mark("Quantity"), 9, right=True),
    Column(mark("Price"), 9, right=True, drop=1),
    Column(mark("Sum"), 10, right=True),
)
TENDERS = (("cash", mark("Cash given")), ("card", mark("Card")), ("voucher", mark("Voucher")))
MOST_PIECES = 1_000_000
TIMES = "*"


class Line:
    """Something in the basket."""

    def __init__(self, found: Json, quantity: Decimal) -> None:
        product = found["product"]
        self.product_id: str = product["product_id"]
        self.name: str = product["name"]
        self.label: str | None = found["code"] if found["price"] or found["quantity"] else None
        self.price = found["price"] or product["price"]
        self.holds = Decimal(found["quantity"] or 1)
        self.packages = quantity

    @property
    def quantity(self) -> Decimal:
        """What is sold of it."""
        return self.holds * self.packages

    def amount(self, decimals: int) -> int:
        """What it comes to, before what the store knows better."""
        exact = self.quantity * Decimal(self.price or 0)
        return int(exact.scaleb(decimals).quantize(Decimal(1), ROUND_HALF_UP))

    def wire(self) -> Json:
        """As the store is told: a label by its code, everything else by its product."""
        named = {"product_id": self.product_id} if self.label is None else {"barcode": self.label}
        return {**named, "quantity": format(self.packages, "f")}


class Sale(Room):
    """Ringing up one sale after the other."""

    TITLE_TEXT = mark("Sale")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "pay", mark("Pay"), id="sale.pay"),
        Binding("ctrl+t", "line", mark("Quantity"), id="sale.line"),
        Binding("ctrl+n", "drop", mark("Drop"), id="sale.drop"),
        Binding("ctrl+o", "receipts", mark("Void, refund"), id="sale.receipts"),
        Binding("up", "move(-1)", mark("Up"), show=False, id="sale.up"),
        Binding("down", "move(1)", mark("Down"), show=False, id="sale.down"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self.last: Json | None = None

    def body(self) -> ComposeResult:
        """The field that hears the scanner, the basket, the sum, and the last receipt."""
        with Horizontal(classes="wide"):
            with Vertical(classes="wide"):
                told = self.say("Scan or type; 3*code takes three")
                yield Typed(placeholder=told, scans=True, id="code")
                yield Table(COLUMNS, self.console.texts, id="basket")
                yield Static("", id="sum", classes="sum", markup=False)
            with VerticalScroll(classes="side"):
                yield Static("", id="receipt", markup=False)

    async def load(self) -> bool:
        """A till needs nothing but the store's answer that it is there."""
        await self.console.client.get("/store")
        return True

    def draw(self) -> None:
        """The basket and its sum."""
        decimals = self.console.store.decimals
        texts = self.console.texts
        self.query_one("#basket", Table).show(
            [
                Row(
                    str(number),
                    (
                        each.name,
                        texts.quantity(format(each.quantity, "f")),
                        each.price or "?",
                        self.money(each.amount(decimals)),
                    ),
                )
                for number, each in enumerate(self.lines)
            ]
        )
        told = self.say("Total {sum}", sum=self.money(self.total, code=True))
        self.query_one("#sum", Static).update(told if self.lines else self.say("Scan the first product."))
        self.query_one("#receipt", Static).update("\n".join(lines_of(self.last, self) if self.last else []))
        if not isinstance(self.focused, Input):
            self.query_one("#code").focus()
        self.refresh_bindings()

    @property
    def total(self) -> int:
        """What the basket comes to."""
        return sum(each.amount(self.console.store.decimals) for each in self.lines)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """Nothing to pay in an empty basket."""
        return bool(self.lines) if action in {"pay", "line", "drop"} else True

    # --- the basket -----------------------------------------------------------------------------------------------

    @on(Input.Submitted, "#code")
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        event.input.value = ""
        if event.value.strip():
            self.do(lambda: self.scanned(event.value))

    async def scanned(self, code: str) -> None:
        """Into the basket with it; `3*code` puts three."""
        many, times, rest = code.strip().partition(TIMES)
        quantity = self.console.texts.decimal(many) if times else Decimal(1)
        if quantity is None or not 0 < quantity <= MOST_PIECES:
            self.tell(self.say("{text} is no quantity. Type it like 3*code.", text=many), wrong=True)
            return
        try:
            found = await self._found(rest.strip() if times else many)
        except Refused as refused:
            self.tell("  ".join(self.problem_lines(refused)).removeprefix("! "), wrong=True)
        except ConsoleError:
            self.tell(self.say("The store does not answer: {code} was not taken.", code=code), wrong=True)
        else:
            self._put(code, found, quantity)

    def _put(self, code: str, found: Json | None, quantity: Decimal) -> None:
        if found is None:
            told = self.say("No product has {code}. Scan it again, or type a part of its name.", code=code)
            self.tell(told, wrong=True)
            return
        line = Line(found, quantity)
        same = next((each for each in self.lines if each.product_id == line.product_id and not each.label), None)
        if same is not None and line.label is None:
            same.packages += quantity
        else:
            self.lines.append(line)
        self.tell(line.name if line.price else self.say("{name} has no price: ask a manager.", name=line.name))
        self.draw()
        self.query_one("#basket", Table).move_cursor(row=self.lines.index(same or line))

    async def _found(self, code: str) -> Json | None:
        client = self.console.client
        for path in (f"/scans/{_part(code)}", f"/products/{_part(code)}"):
            try:
                found = await client.get(path)
            except Refused as refused:
                if refused.status not in {NOT_FOUND, NOT_VALID}:
                    raise
            else:
                return found if "product" in found else _plain(code, found)
        items = (await client.get("/products", {"query": code, "limit": 2}))["items"]
        return _plain(code, items[0]) if len(items) == 1 else None

    def action_move(self, by: int) -> None:
        """Up and down in the basket, while the field keeps listening."""
        table = self.query_one("#basket", Table)
        table.move_cursor(row=table.cursor_row + by)

    def action_line(self) -> None:
        """Another quantity for the line; none takes it out."""
        self.do(self._line)

    async def _line(self) -> None:
        key = self.query_one("#basket", Table).key
        if key is None:
            return
        line = self.lines[int(key)]
        fields = (Field("quantity", mark("Quantity (0 takes it out)"), format(line.packages, "f")),)
        typed = await self.ask(Question(self.say("{name}", name=line.name), "", fields, self.say("Set")))
        quantity = None if typed is None else self.console.texts.decimal(typed["quantity"])
        if quantity is None or not 0 <= quantity <= MOST_PIECES:
            return
        line.packages = quantity
        self.lines = [each for each in self.lines if each.packages]
        self.draw()

    def action_drop(self) -> None:
        """Forget the basket."""
        self.do(self._drop)

    async def _drop(self) -> None:
        if await self.sure(self.say("Drop this basket?"), self.say("Nothing of it has been booked.")):
            self.lines = []
            self.tell(self.say("Dropped."))
            self.draw()

    def action_receipts(self) -> None:
        """What was sold, to void it or give back."""
        self.console.push_screen(Receipts())

    # --- paying ---------------------------------------------------------------------------------------------------

    def action_pay(self) -> None:
        """Take the money and book the sale."""
        self.do(self._pay)

    async def _pay(self) -> None:
        register = await self.register()
        if register is None:
            return
        tenders = await self._tenders()
        if tenders is None:
            return
        body = {
            "register_id": register,
            "currency": self.console.store.currency,
            "lines": [each.wire() for each in self.lines],
            "tenders": tenders,
        }
        sale = await self.send("POST", "/sales", body, action="price_override")
        if sale is not None:
            self.last, self.lines = sale, []
            change = sum(each["change"] for each in sale["tenders"])
            told = self.say("Booked as {number}.", number=sale["receipt_number"])
            self.tell(f"{told} {self.say('Change: {sum}', sum=self.money(change, code=True))}")
            self.draw()

    async def _tenders(self) -> list[Json] | None:
        fields = tuple(Field(name, label, wanted=False) for name, label in TENDERS)
        title = self.say("Total {sum}", sum=self.money(self.total, code=True))
        typed = await self.ask(Question(title, self.say("How is it paid?"), fields, self.say("Book")))
        if typed is None:
            return None
        tenders = []
        for name, text in typed.items():
            amount = self.console.texts.minor(text, self.console.store.decimals) if text else 0
            if amount is None or amount < 0:
                self.tell(self.say("{text} is no sum. Nothing was booked.", text=text), wrong=True)
                return None
            if amount:
                tenders.append({"type": name, "amount": amount})
        if not tenders and self.total:
            self.tell(self.say("No money was typed. Nothing was booked: press F9 again."), wrong=True)
            return None
        return tenders


NOT_FOUND, NOT_VALID = 404, 422


def _part(code: str) -> str:
    """A code within an address."""
    return quote(code, safe="") or "-"


def _plain(code: str, product: Json) -> Json:
    return {"code": code, "product": product, "price": None, "quantity": None}
