"""A receipt as it stands on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.client import Json
from tui.words import clean, padded, wide

if TYPE_CHECKING:
    from tui.screens.room import Room

WIDTH = 30


def lines_of(document: Json, room: Room) -> list[str]:
    """Name, number, lines, total, tenders, change."""
    store, texts = room.console.store, room.console.texts
    lines = [clean(store.name, WIDTH), clean(document["receipt_number"], WIDTH)]
    lines += [texts.moment(document["occurred_at"], store.zone), "-" * WIDTH]
    for each in document["lines"]:
        lines.append(clean(each["name"], WIDTH))
        lines.append(_pair(f"  {texts.quantity(each['quantity'])} x {each['unit_price']}", room.money(each["amount"])))
    lines += ["-" * WIDTH, _pair(room.say("Total"), room.money(document["total"], code=True))]
    for each in document["tenders"]:
        lines.append(_pair(room.say(each["type"]), room.money(each["amount"])))
        if each["change"]:
            lines.append(_pair(room.say("Change"), room.money(each["change"])))
    if document["operator"]:
        lines.append(room.say("served by {name}", name=document["operator"]))
    return lines


def _pair(left: str, right: str) -> str:
    return padded(left, max(WIDTH - len(right), wide(left) + 1)) + right
