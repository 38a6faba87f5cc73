"""The screens behind the rooms, for snapshots: pages, questions, help, the door, and rooms on a bad day."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Sequence

from tui.bad_day import ALONE, LETTER
from tui.client import Client
from tui.screens.asking import Ask, Field, Question
from tui.screens.dead_letters import OneLetter
from tui.screens.events import Correlated, OneEvent
from tui.screens.help import Help
from tui.screens.lock import Lock
from tui.screens.orders import OneOrder
from tui.screens.pick import OnePick
from tui.screens.receipts import OneSale, Receipts
from tui.screens.room import Room
from tui.screens.sagas import OneSaga
from tui.screens.sale import TENDERS
from tui.screens.settings import OneSetting, SettingsInForce
from tui.screens.stock import OneStock
from tui.staging import Stage

PRODUCT, SETTING = "coffee-250g", "sales.max_lines"
ON_A_BAD_DAY = ("today", "problems", "dead-letters", "sync")
Page = tuple[str, Room]


async def pages(client: Client) -> Sequence[Page]:
    """Every page behind a room, of what the store has."""
    order = (await client.get("/orders"))["items"][0]["order_id"]
    sale = (await client.get("/sales", {"kind": "any"}))["items"][0]["sale_id"]
    event = next(each for each in (await client.get("/events"))["items"] if each["type"] == "order.created")
    settings = SettingsInForce()
    settings.query_text = "sales."  # what is said of this machine differs from run to run
    return (
        ("receipts", Receipts()),
        ("receipt", OneSale(sale)),
        ("order", OneOrder(order)),
        ("pick order", OnePick(order)),
        ("product", OneStock(PRODUCT)),
        ("saga", OneSaga(order)),
        ("event", OneEvent(event)),
        ("events of one cause", Correlated(event["metadata"]["correlation_id"])),
        ("settings", settings),
        ("setting", OneSetting(SETTING)),
    )


async def behind(at: Stage) -> AsyncIterator[str]:
    """Each page as text, after its name."""
    await at.go("today")
    for name, page in await pages(at.client):
        await at.open(page)
        yield f"=== {name}\n{await at.text()}\n"
        at.console.leave()
    await at.go("sale")
    fields = tuple(Field(name, label, wanted=False) for name, label in TENDERS)
    question = Question("Total 12.50 EUR", "How is it paid?", fields, "Book")
    room = at.console.screen
    for name, screen in (("question", Ask(question)), ("help", Help(room)), ("lock", Lock())):
        at.console.store = dataclasses.replace(at.console.store, operators=name == "lock")
        at.console.push_screen(screen)
        await at.pilot.pause(0.3)
        yield "\n".join((f"=== {name}", *at.lines, ""))
        at.console.pop_screen()


async def bad_day(at: Stage) -> AsyncIterator[str]:
    """What a bad day looks like, from the rooms that tell of it."""
    await at.console.look_at_office().wait()
    for name in ON_A_BAD_DAY:
        await (at.today() if name == "today" else at.go(name))
        yield f"=== {name}, on a bad day\n{await at.text()}\n"
    for name, letter in (("dead letter", LETTER), ("dead letter of no saga", ALONE)):
        await at.open(OneLetter(letter))
        yield f"=== {name}\n{await at.text()}\n"
        at.console.leave()
