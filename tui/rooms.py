"""Every room there is, in the order of the palette: the one table that keys, palette, rights and help read."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from tui.screens.room import Room
from tui.texts import mark

SCREENS = "tui.screens"
EVERYBODY = frozenset({"cashier", "supervisor", "manager", "support", "hq"})
SELLING = EVERYBODY - {"hq"}
OVERSIGHT = EVERYBODY - {"cashier"}
STEERING = frozenset({"supervisor", "manager", "support"})
ADMINISTRATION = frozenset({"manager", "support"})


@dataclass(frozen=True, slots=True)
class Door:
    """One room: its name, its title, its key, whose it is, and its class in the module of its name."""

    name: str
    title: str
    key: str | None
    roles: frozenset[str]
    kind: str

    @property
    def screen(self) -> type[Room]:
        """What it is. Loaded when it is first wanted: to load all of them takes a fifth of a console's start."""
        module = importlib.import_module(f"{SCREENS}.{self.name.replace('-', '_')}")
        found: type[Room] = getattr(module, self.kind)
        return found


ROOMS: tuple[Door, ...] = (
    Door("today", mark("Today"), "f2", EVERYBODY, "Today"),
    Door("sale", mark("Sale"), "f3", SELLING, "Sale"),
    Door("orders", mark("Orders"), "f4", SELLING, "Orders"),
    Door("pick", mark("Pick"), "f5", SELLING, "Pick"),
    Door("stock", mark("Stock"), "f6", EVERYBODY, "Stock"),
    Door("drawer", mark("Drawer"), "f7", EVERYBODY, "Drawer"),
    Door("problems", mark("Problems"), "f8", OVERSIGHT, "Problems"),
    Door("sagas", mark("Sagas"), "f12", SELLING, "Sagas"),
    Door("dead-letters", mark("Dead letters"), None, SELLING, "DeadLetters"),
    Door("sync", mark("Sync"), "f10", OVERSIGHT, "Sync"),
    Door("events", mark("Events"), None, OVERSIGHT, "Events"),
    Door("devices", mark("Devices"), None, ADMINISTRATION, "Devices"),
    Door("people", mark("People"), None, OVERSIGHT, "People"),
    Door("system", mark("System"), None, OVERSIGHT, "System"),
)


def open_to(role: str) -> tuple[Door, ...]:
    """The rooms of a role."""
    return tuple(each for each in ROOMS if role in each.roles)


def door(name: str) -> Door:
    """The room of this name."""
    return next(each for each in ROOMS if each.name == name)
