"""Orders: found, and one of them whole, with every step of its fulfilment."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui.client import Json
from tui.problems import Refused
from tui.screens.asking import Field, Question
from tui.screens.listing import PAGE, Listing
from tui.screens.room import Room
from tui.texts import mark
from tui.widgets.table import Column, Row
from tui.words import clean, padded

STATUSES: tuple[str | None, ...] = (
    None, "created", "reserved", "awaiting_pick", "picked", "paid", "ready_for_collection", "shipped", "handed_over",
    "confirmed", "cancelling", "cancelled", "failed", "expired", "stuck",
)  # fmt: skip
CANCELLABLE = frozenset({"created", "reserved", "awaiting_pick", "picked", "paid", "ready_for_collection"})
# A word and a sign for every state of a step: colour is never the only one.
SIGNS = {
    "done": "+",
    "undone": "<",
    "skipped": ">",
    "running": "~",
    "waiting": ".",
    "held": ".",
    "retrying": "~",
    "failed": "x",
    "unknown": "?",
    "stuck": "!",
}
NOT_FOUND = 404


class Orders(Listing):
    """All orders, newest first."""

    TITLE_TEXT = mark("Orders")
    NOTHING = mark("No order is found. Press s for another state, Escape for all.")
    SEARCH = mark("Number, name or e-mail")
    interest = ("order.", "saga.")
    COLUMNS = (
        Column(mark("Order"), 14),
        Column(mark("How"), 9, drop=1),
        Column(mark("State"), 0),
        Column(mark("When"), 18, drop=2),
        Column(mark("Sum"), 12, right=True),
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("s", "state", mark("State"), id="orders.state")]

    def __init__(self) -> None:
        super().__init__()
        self.status: str | None = None

    async def page(self, cursor: str | None) -> Json:
        """A part of them."""
        client = self.console.client
        if self.query_text and self.console.person is not None and self.console.person.role != "hq":
            found = await client.get("/orders/search", {"query": self.query_text, "page_size": PAGE})
            return {"items": found["orders"], "next_cursor": None}
        return await client.get("/orders", {"status": self.status, "limit": PAGE, "cursor": cursor})

    def row(self, item: Json) -> Row:
        """One of them."""
        when = self.console.texts.moment(item["created_at"], self.console.store.zone)
        state = ("! " if item["status"] == "stuck" else "") + self.say(item["status"])
        cells = (short(item["order_id"]), self.say(item["kind"]), state, when)
        return Row(item["order_id"], (*cells, self.money(item["total_amount"])))

    def above(self) -> str:
        """Which state is shown."""
        return "" if self.status is None else self.say("only: {state}", state=self.say(self.status))

    def open(self, key: str) -> None:
        """One of them, whole."""
        self.console.push_screen(OneOrder(key))

    def action_state(self) -> None:
        """Only orders in the next state."""
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
        """An order's code is its number."""
        try:
            await self.console.client.get(f"/orders/{code[:64]}")
        except Refused as refused:
            if refused.status != NOT_FOUND:
                self.tell("  ".join(self.problem_lines(refused)), wrong=True)
                return
            self.tell(self.say("No order has {code}. Search by name with /.", code=code), wrong=True)
        else:
            self.open(code)


class OneOrder(Room):
    """One order: what, for whom, how far, and what it cost."""

    TITLE_TEXT = mark("Order")
    interest = ("order.", "saga.", "stock.")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "cancel", mark("Cancel order"), id="order.cancel"),
    ]

    def __init__(self, order_id: str) -> None:
        super().__init__()
        self.order_id = order_id
        self.order: Json = {}
        self.saga: Json | None = None
        self.stock: dict[str, Json] = {}
        self.etag: str | None = None

    def body(self) -> ComposeResult:
        """One page to scroll."""
        with VerticalScroll(classes="wide", id="page"):
            yield Static("", id="one", classes="line", markup=False)

    def on_mount(self) -> None:
        """Arrows scroll."""
        self.query_one("#page").focus()

    async def load(self) -> bool:
        """The order, its saga, and the stock of what is in it."""
        client = self.console.client
        self.order, self.etag = await client.read(f"/orders/{self.order_id}")
        self.saga = await self._maybe(f"/sagas/{self.order_id}")
        for each in self.order["items"][:20]:
            found = await self._maybe(f"/stock/{each['product_id']}")
            if found is not None:
                self.stock[each["product_id"]] = found
        return True

    async def _maybe(self, path: str) -> Json | None:
        try:
            return await self.console.client.get(path)
        except Refused as refused:
            if refused.status == NOT_FOUND:
                return None
            raise

    def draw(self) -> None:
        """Show all of it."""
        parts = (self._top(), self._items(), self._money(), self._steps())
        self.query_one("#one", Static).update("\n\n".join("\n".join(each) for each in parts if each))
        self.refresh_bindings()

    def _top(self) -> list[str]:
        order = self.order
        customer = order["customer"]
        lines = [
            self.say("Order {id}", id=order["order_id"]),
            self.say("{kind}, {state}", kind=self.say(order["kind"]), state=self.say(order["status"])),
            self.say("for {name}", name=customer["name"] or customer["customer_id"]),
        ]
        if order["reason"]:
            lines.append(self.say("because: {reason}", reason=order["reason"]))
        address = order["shipping_address"]
        if address:
            lines.append(clean(f"{address['street']}, {address['postal_code']} {address['city']}", 100))
        return lines

    def _items(self) -> list[str]:
        lines = [self.say("Goods")]
        picked = self.order["picked"]
        for each in picked["items"] if picked else self.order["items"]:
            level = self.stock.get(each["product_id"])
            here = self.say("{count} on the shelf", count=level["on_hand"]) if level else ""
            stand_in = self.say("instead of {name}", name=each["substitute_for"]) if each.get("substitute_for") else ""
            told = f"  {each['quantity']:>6} x {padded(clean(each['name']), 34)} {self.money(each['amount']):>10}"
            lines.append("  ".join(part for part in (told, stand_in or here) if part))
        told = mark("short: {count} of {name}")
        shorts = picked["short"] if picked else ()
        lines += [f"  ! {self.say(told, count=each['quantity'], name=each['product_id'])}" for each in shorts]
        return lines

    def _money(self) -> list[str]:
        order, payment, shipment = self.order, self.order["payment"], self.order["shipment"]
        lines = [self.say("Total {sum}", sum=self.money(order["total_amount"], code=True))]
        if payment:
            told = self.say("{state}: {sum}", state=self.say(payment["status"]), sum=self.money(payment["amount"]))
            lines.append(told + (f" - {clean(payment['failure_reason'], 80)}" if payment["failure_reason"] else ""))
        if shipment:
            number = shipment["tracking_number"] or ""
            lines.append(clean(f"{self.say(shipment['status'])}: {shipment['carrier']} {number}", 100))
        return lines

    def _steps(self) -> list[str]:
        if self.saga is None:
            return []
        store, texts = self.console.store, self.console.texts
        lines = [self.say("Steps ({state})", state=self.say(self.saga["status"]))]
        for step in self.saga["steps"]:
            sign = SIGNS.get(step["status"], " ")
            tries = self.say("{count} attempts", count=step["attempts"]) if step["attempts"] > 1 else ""
            way = self.say("undo") if step["direction"] == "undo" else ""
            when = texts.clock(step["started_at"], store.zone)
            told = f"  {sign} {when} {way} {step['step']}: {self.say(step['status'])} {tries}"
            lines.append(clean(" ".join(told.split(" ")), 120))
            lines += ["      " + clean(f"{each['code']}: {each['detail']}", 120) for each in step["errors"][-2:]]
        return lines

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """Only what has not left can be taken back."""
        return self.order.get("status") in CANCELLABLE if action == "cancel" else True

    def action_cancel(self) -> None:
        """Take the order back."""
        self.do(self._cancel)

    async def _cancel(self) -> None:
        text = self.say("Goods are set free and money goes back. This cannot be undone.")
        fields = (Field("reason", mark("Reason"), wanted=False),)
        typed = await self.ask(Question(self.say("Cancel this order?"), text, fields, self.say("Cancel order")))
        if typed is not None and await self.send(
            "POST", f"/orders/{self.order_id}/cancel", dict(typed), etag=self.etag
        ):
            self.tell(self.say("It is being cancelled."))
            self.reload()


def short(order_id: str) -> str:
    """As much of an id as tells orders apart: the end, which is the random part."""
    return order_id if len(order_id) <= 14 else f"..{order_id[-12:]}"  # noqa: PLR2004  the column's width
