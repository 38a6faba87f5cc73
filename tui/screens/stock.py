"""Stock: what the book says is here, and how the book is told what is true."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import ClassVar
from urllib.parse import quote

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from tui.client import Json
from tui.problems import ConsoleError, Refused
from tui.screens.asking import Field, Question
from tui.screens.listing import PAGE, Listing
from tui.screens.room import Room
from tui.screens.sagas import short
from tui.texts import mark
from tui.widgets.table import Column, Row, Table

FOUND_MOST = 20  # products of a search; each is asked for its stock
KEEPERS = frozenset({"supervisor", "manager", "support", "hq"})
NOT_FOUND = 404
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Stock(Listing):
    """Every product's stock; scanned or searched for."""

    TITLE_TEXT = mark("Stock")
    NOTHING = mark("No stock is found. Scan a product, or search its name with /.")
    SEARCH = mark("Scan, or words of the name")
    interest = ("stock.", "sale.", "refund.", "product.")
    COLUMNS = (
        Column(mark("Product"), 0),
        Column(mark("Id"), 20, drop=2),
        Column(mark("Here"), 9, right=True),
        Column(mark("Held"), 8, right=True, drop=1),
        Column(mark("Free"), 9, right=True),
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("o", "oversold", mark("Only oversold"), id="stock.oversold")]

    def __init__(self) -> None:
        super().__init__()
        self.oversold = False

    async def page(self, cursor: str | None) -> Json:
        """A part of it."""
        client = self.console.client
        if not self.query_text:
            oversold = "true" if self.oversold else None
            return await client.get("/stock", {"oversold": oversold, "limit": PAGE, "cursor": cursor})
        found = await client.get("/products", {"query": self.query_text, "limit": FOUND_MOST, "cursor": cursor})
        levels = [await self._level(each) for each in found["items"]]
        return {"items": levels, "next_cursor": found["next_cursor"]}

    async def _level(self, product: Json) -> Json:
        try:
            return await self.console.client.get(f"/stock/{product['product_id']}")
        except Refused as refused:
            if refused.status != NOT_FOUND:
                raise
        nothing = {"on_hand": "0", "reserved": "0", "available": "0", "oversold": False}
        return {"product_id": product["product_id"], "name": product["name"], **nothing}

    def row(self, item: Json) -> Row:
        """One product."""
        texts = self.console.texts
        name = ("! " if item["oversold"] else "") + (item["name"] or item["product_id"])
        figures = [texts.quantity(item[part]) for part in ("on_hand", "reserved", "available")]
        return Row(item["product_id"], (name, item["product_id"], *figures))

    def above(self) -> str:
        """What is shown only."""
        return self.say("only what was sold beyond the book: count it") if self.oversold else ""

    def open(self, key: str) -> None:
        """One product."""
        self.console.push_screen(OneStock(key))

    def action_oversold(self) -> None:
        """Only what the book has below nothing, or all again."""
        self.oversold = not self.oversold
        self.begin()

    async def scanned(self, code: str) -> None:
        """To the product."""
        try:
            found = await self.console.client.get(f"/scans/{quote(code, safe='')}")
        except ConsoleError:
            self.tell(self.say("No product has {code}. Search its name with /.", code=code), wrong=True)
        else:
            if self.is_current:  # who has gone elsewhere meanwhile is not called back
                self.open(found["product"]["product_id"])


class OneStock(Room):
    """One product's stock and what moved it."""

    TITLE_TEXT = mark("Product")
    interest = ("stock.", "sale.", "refund.", "product.")
    COLUMNS = (
        Column(mark("When"), 18),
        Column(mark("What"), 12),
        Column(mark("Quantity"), 10, right=True),
        Column(mark("Reference"), 0, drop=1),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "receive", mark("Receive"), id="stock.receive"),
        Binding("ctrl+t", "count", mark("Count"), id="stock.count"),
        Binding("ctrl+g", "adjust", mark("Adjust"), id="stock.adjust"),
    ]

    def __init__(self, product_id: str) -> None:
        super().__init__()
        self.product_id = product_id
        self.product: Json = {}
        self.level: Json = {}
        self.movements: list[Json] = []

    def body(self) -> ComposeResult:
        """How much, and why."""
        yield Static("", id="level", classes="line", markup=False)
        yield Table(self.COLUMNS, self.console.texts, id="movements")

    def on_mount(self) -> None:
        """Arrows walk the movements."""
        self.query_one("#movements").focus()

    async def load(self) -> bool:
        """The product, its level, its last movements."""
        client = self.console.client
        self.product = await client.get(f"/products/{self.product_id}")
        self.level = await client.get(f"/stock/{self.product_id}")
        self.movements = (await client.get(f"/stock/{self.product_id}/movements", {"limit": PAGE}))["items"]
        return True

    def draw(self) -> None:
        """Show it."""
        store, texts, level = self.console.store, self.console.texts, self.level
        figures = {part: texts.quantity(level[part]) for part in ("on_hand", "reserved", "available")}
        shelf = self.say("shelf {shelf}", shelf=self.product["shelf"]) if self.product["shelf"] else ""
        lines = [
            "  ".join(each for each in (self.say("{name}", name=self.product["name"]), shelf) if each),
            self.say("here {on_hand}, held for orders {reserved}, free {available}", **figures),
        ]
        if level["oversold"]:
            lines.append("! " + self.say("More was sold than the book had: count the shelf."))
        if not self.movements:
            lines.append(self.say("Nothing has moved it yet."))
        self.query_one("#level", Static).update("\n".join(lines))
        rows = [
            Row(
                f"{each['position']}-{number}",
                (
                    texts.moment(each["occurred_at"], store.zone),
                    self.say(each["kind"]),
                    texts.quantity(each["quantity"]),
                    _reference(each["reference"] or ""),
                ),
            )
            for number, each in enumerate(self.movements)
        ]
        self.query_one("#movements", Table).show(rows)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """Who may look may not always change."""
        person = self.console.person
        keeps = person is not None and person.role in KEEPERS
        return keeps if action in {"receive", "count", "adjust"} else True

    async def scanned(self, code: str) -> None:
        """On to another product."""
        try:
            found = await self.console.client.get(f"/scans/{quote(code, safe='')}")
        except ConsoleError:
            self.tell(self.say("No product has {code}. Search its name with /.", code=code), wrong=True)
            return
        self.product_id = found["product"]["product_id"]
        self.reload()

    # --- telling the book -----------------------------------------------------------------------------------------

    def action_receive(self) -> None:
        """Goods came in."""
        self.do(self._receive)

    async def _receive(self) -> None:
        fields = (Field("quantity", mark("How much came")), Field("reference", mark("Delivery note"), wanted=False))
        typed = await self.ask(Question(self._title(), "", fields, self.say("Receive")))
        quantity = self._quantity(typed)
        if typed is None or quantity is None:
            return
        line = {"product_id": self.product_id, "quantity": quantity}
        await self._book("/stock/receipts", {"reference": typed["reference"], "lines": [line]})

    def action_count(self) -> None:
        """Somebody counted."""
        self.do(self._count)

    async def _count(self) -> None:
        fields = (Field("quantity", mark("How much is there")), Field("reason", mark("Remark"), wanted=False))
        typed = await self.ask(
            Question(self._title(), self.say("Count all of it, held or not."), fields, self.say("Go on"))
        )
        quantity = self._quantity(typed)
        if typed is None or quantity is None:
            return
        variance = Decimal(quantity) - Decimal(self.level["on_hand"])
        texts = self.console.texts
        told = self.say(
            "The book says {book}, you found {found}: {variance}. The book will say what you found.",
            book=texts.quantity(self.level["on_hand"]),
            found=texts.quantity(quantity),
            variance=f"{'+' if variance > 0 else ''}{texts.quantity(format(variance, 'f'))}",
        )
        if variance and not await self.sure(self.say("Is that so?"), told):
            return
        line = {"product_id": self.product_id, "counted": quantity}
        await self._book("/stock/counts", {"reason": typed["reason"], "lines": [line]})

    def action_adjust(self) -> None:
        """Change the book for a reason."""
        self.do(self._adjust)

    async def _adjust(self) -> None:
        fields = (Field("quantity", mark("By how much, such as -1")), Field("reason", mark("Reason")))
        typed = await self.ask(Question(self._title(), "", fields, self.say("Adjust")))
        quantity = self._quantity(typed)
        if typed is None or quantity is None:
            return
        line = {"product_id": self.product_id, "quantity": quantity, "reason": typed["reason"]}
        await self._book("/stock/adjustments", {"lines": [line]})

    def _title(self) -> str:
        return self.say("{name}", name=self.product["name"])

    def _quantity(self, typed: dict[str, str] | None) -> str | None:
        if typed is None:
            return None
        found = self.console.texts.decimal(typed["quantity"])
        if found is None:
            self.tell(self.say("{text} is no quantity. Nothing was booked.", text=typed["quantity"]), wrong=True)
        return None if found is None else format(found, "f")

    async def _book(self, path: str, body: Json) -> None:
        if await self.send("POST", path, body):
            self.tell(self.say("Booked."))
            self.reload()


def _reference(text: str) -> str:
    """A delivery note as it was typed; of an id as much as tells things apart."""
    return short(text) if _ID.fullmatch(text) else text
