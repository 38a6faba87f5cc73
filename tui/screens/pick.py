"""Picking: what waits to be taken from the shelves, in the order of the shelves; and handing it over."""

from __future__ import annotations

from dataclasses import dataclass
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
from tui.screens.orders import short
from tui.screens.room import Room
from tui.texts import mark
from tui.widgets.table import Column, Row, Table

AWAITING, READY = "awaiting_pick", "ready_for_collection"


class Pick(Listing):
    """Orders to be picked, and those that wait for their customer."""

    TITLE_TEXT = mark("Pick")
    NOTHING = mark("Nothing is to be picked. A new pickup order will stand here by itself.")
    interest = ("order.",)
    COLUMNS = (
        Column(mark("Order"), 14),
        Column(mark("State"), 0),
        Column(mark("When"), 18, drop=1),
        Column(mark("Sum"), 12, right=True, drop=2),
    )

    async def page(self, cursor: str | None) -> Json:
        """What is to be picked comes first, oldest first."""
        client = self.console.client
        if cursor is not None:
            return await client.get("/orders", {"status": READY, "limit": PAGE, "cursor": cursor})
        waiting = await client.get("/orders", {"status": AWAITING, "limit": PAGE})
        ready = await client.get("/orders", {"status": READY, "limit": PAGE})
        return {"items": [*reversed(waiting["items"]), *ready["items"]], "next_cursor": ready["next_cursor"]}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to search: orders are opened or scanned."""
        return False if action == "search" else super().check_action(action, parameters)

    def row(self, item: Json) -> Row:
        """One of them."""
        when = self.console.texts.moment(item["created_at"], self.console.store.zone)
        sign = "* " if item["status"] == READY else "  "
        cells = (short(item["order_id"]), sign + self.say(item["status"]), when, self.money(item["total_amount"]))
        return Row(item["order_id"], cells)

    def open(self, key: str) -> None:
        """Pick it, or hand it over."""
        self.console.push_screen(OnePick(key))

    async def scanned(self, code: str) -> None:
        """The order with this number."""
        if any(each["order_id"] == code for each in self.items):
            self.open(code)
        else:
            self.tell(self.say("No order to be picked has {code}. Open one with Enter first.", code=code), wrong=True)


@dataclass(slots=True)
class Wanted:
    """A line of the order and what was found of it."""

    line: int
    product_id: str
    name: str
    shelf: str
    quantity: Decimal
    picked: Decimal = Decimal(0)
    short: bool = False
    substitute: str | None = None

    @property
    def sign(self) -> str:
        """How far it is, in one sign."""
        if self.short:
            return "!"
        return "+" if self.picked >= self.quantity else ("~" if self.picked else " ")

    def wire(self) -> Json:
        """As the store is told."""
        told: Json = {"line": self.line, "picked": format(self.picked, "f")}
        return told | ({"substitute": {"product_id": self.substitute}} if self.substitute else {})


class OnePick(Room):
    """One order: scan what is taken; what is short is said outright."""

    TITLE_TEXT = mark("Pick order")
    interest = ("order.",)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "done", mark("Done"), id="pick.done"),
        Binding("f9", "hand_over", mark("Hand over"), id="pick.hand-over"),
        Binding("ctrl+t", "short", mark("Short, substitute"), id="pick.short"),
    ]

    def __init__(self, order_id: str) -> None:
        super().__init__()
        self.order_id = order_id
        self.order: Json = {}
        self.etag: str | None = None
        self.wanted: list[Wanted] = []

    def body(self) -> ComposeResult:
        """What to take, in the order of the shelves."""
        columns = (
            Column("", 1),
            Column(mark("Shelf"), 8),
            Column(mark("Product"), 0),
            Column(mark("Wanted"), 8, right=True),
            Column(mark("Taken"), 8, right=True),
        )
        yield Static("", id="about", classes="line", markup=False)
        yield Table(columns, self.console.texts, id="lines")

    def on_mount(self) -> None:
        """Arrows walk the list."""
        self.query_one("#lines").focus()

    async def load(self) -> bool:
        """The order, and where its goods stand."""
        self.order, self.etag = await self.console.client.read(f"/orders/{self.order_id}")
        if not self.wanted:
            found = [await self._wanted(number, each) for number, each in enumerate(self.order["items"], 1)]
            self.wanted = sorted(found, key=lambda each: (each.shelf == "", each.shelf, each.line))
        return True

    async def _wanted(self, number: int, item: Json) -> Wanted:
        try:
            product = await self.console.client.get(f"/products/{item['product_id']}")
        except Refused:
            product = {"shelf": None}
        return Wanted(number, item["product_id"], item["name"], product["shelf"] or "", Decimal(item["quantity"]))

    def draw(self) -> None:
        """The list, and what to do."""
        picking = self.order["status"] == AWAITING
        todo = self.say("Scan what you take. F9 when all is taken or said to be short.")
        place = (self.order["shipment"] or {}).get("tracking_number") or ""
        if self.order["status"] == READY:
            todo = self.say("Ready on place {place}. F9 hands it over.", place=place)
        elif not picking:
            todo = self.say("Nothing to do here: it is {state}.", state=self.say(self.order["status"]))
        name = self.order["customer"]["name"] or self.order["customer"]["customer_id"]
        self.query_one("#about", Static).update(self.say("for {name}", name=name) + f"\n{todo}")
        self.query_one("#lines", Table).show([self._row(each) for each in self.wanted])
        self.refresh_bindings()

    def _row(self, each: Wanted) -> Row:
        name = each.name + (f" -> {each.substitute}" if each.substitute else "")
        texts = self.console.texts
        cells = (each.sign, each.shelf, name, texts.quantity(format(each.quantity, "f")))
        return Row(str(each.line), (*cells, texts.quantity(format(each.picked, "f"))))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """Picking while it is to be picked, handing over when it is ready."""
        status = self.order.get("status")
        if action in {"done", "short"}:
            return status == AWAITING
        return status == READY if action == "hand_over" else True

    async def scanned(self, code: str) -> None:
        """One more of this product is taken."""
        if self.order.get("status") != AWAITING:
            return
        try:
            found = await self.console.client.get(f"/scans/{quote(code, safe='')}")
        except ConsoleError:
            self.tell(self.say("No product has {code}. Scan it again.", code=code), wrong=True)
            return
        self._take(found["product"], Decimal(found["quantity"] or 1))

    def _take(self, product: Json, quantity: Decimal) -> None:
        line = next((each for each in self.wanted if each.product_id == product["product_id"]), None)
        if line is None:
            told = self.say(
                "{name} is not in this order. Put it back, or say what it stands in for.", name=product["name"]
            )
            self.tell(told, wrong=True)
        elif line.picked + quantity > line.quantity:
            self.tell(self.say("All of {name} is taken already.", name=line.name), wrong=True)
        else:
            line.picked += quantity
            self.tell(self.say("{name}: {count} of {all}", name=line.name, count=line.picked, all=line.quantity))
            self.draw()

    def action_short(self) -> None:
        """Say how much there was, and what stands in."""
        self.do(self._short)

    async def _short(self) -> None:
        key = self.query_one("#lines", Table).key
        line = next((each for each in self.wanted if str(each.line) == key), None)
        if line is None:
            return
        fields = (
            Field("picked", mark("How much is there"), format(line.picked, "f")),
            Field("substitute", mark("What stands in (product id, or scan)"), wanted=False, scans=True),
        )
        typed = await self.ask(Question(self.say("{name}", name=line.name), "", fields, self.say("Set")))
        picked = None if typed is None else self.console.texts.decimal(typed["picked"])
        if typed is None or picked is None or not 0 <= picked <= line.quantity:
            return
        line.picked, line.short = picked, picked < line.quantity
        line.substitute = await self._product(typed["substitute"]) if typed["substitute"] else None
        self.draw()

    async def _product(self, text: str) -> str:
        try:
            found = await self.console.client.get(f"/scans/{quote(text, safe='')}")
        except ConsoleError:
            return text  # a product's id as it was typed; the store has the last word
        return str(found["product"]["product_id"])

    def action_done(self) -> None:
        """Tell the store what was picked."""
        self.do(self._done)

    async def _done(self) -> None:
        open_lines = [each for each in self.wanted if each.picked < each.quantity and not each.short]
        if open_lines:
            told = self.say(
                "{name} is not taken. Scan it, or say with Ctrl+T that it is short.", name=open_lines[0].name
            )
            self.tell(told, wrong=True)
            return
        body = {"lines": [each.wire() for each in self.wanted]}
        if await self.send("POST", f"/orders/{self.order_id}/pick", body, etag=self.etag):
            self.tell(self.say("Picked. The money is taken next; then it is ready on its shelf."))
            self.reload()

    def action_hand_over(self) -> None:
        """Give it to the customer."""
        self.do(self._hand_over)

    async def _hand_over(self) -> None:
        text = self.say("The goods leave the stock and the sale is booked. This cannot be undone.")
        if not await self.sure(self.say("Hand it over?"), text):
            return
        if await self.send("POST", f"/orders/{self.order_id}/handover", {}, etag=self.etag):
            self.tell(self.say("Handed over."))
            self.reload()
