"""Every room there is, in the order of the palette: the one table that keys, palette, rights and help read."""

from __future__ import annotations

from dataclasses import dataclass

from tui.screens.drawer import Drawer
from tui.screens.orders import Orders
from tui.screens.pick import Pick
from tui.screens.room import Room
from tui.screens.sale import Sale
from tui.screens.stock import Stock
from tui.screens.today import Today
from tui.texts import mark

EVERYBODY = frozenset({"cashier", "supervisor", "manager", "support", "hq"})
SELLING = EVERYBODY - {"hq"}
OVERSIGHT = EVERYBODY - {"cashier"}
STEERING = frozenset({"supervisor", "manager", "support"})
ADMINISTRATION = frozenset({"manager", "support"})


@dataclass(frozen=True, slots=True)
class Door:
    """One room: its name, its title, its key, whose it is, and what it is."""

    name: str
    title: str
    key: str | None
    roles: frozenset[str]
    screen: type[Room]


ROOMS: tuple[Door, ...] = (
    Door("today", mark("Today"), "f2", EVERYBODY, Today),
    Door("sale", mark("Sale"), "f3", SELLING, Sale),
    Door("orders", mark("Orders"), "f4", SELLING, Orders),
    Door("pick", mark("Pick"), "f5", SELLING, Pick),
    Door("stock", mark("Stock"), "f6", EVERYBODY, Stock),
    Door("drawer", mark("Drawer"), "f7", EVERYBODY, Drawer),
)


def open_to(role: str) -> tuple[Door, ...]:
    """The rooms of a role."""
    return tuple(each for each in ROOMS if role in each.roles)


def door(name: str) -> Door:
    """The room of this name."""
    return next(each for each in ROOMS if each.name == name)
