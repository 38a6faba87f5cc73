"""A day in the store in pictures, told in the order of docs/how-to/a-day-at-the-console.md.

One console and one store, whose line to head office is cut and whose bank will not give money back; at the end the
store itself is killed under the console.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tui.client import Address, Client, Json
from tui.staging import TILL, WAIT_SECONDS, Place, Stage, program, shelve, stage, store

COFFEE, TEA, HONEY = "9521000000018", "9521000000025", "9521000000049"
NOBODY = "nats://127.0.0.1:9"  # the port where nothing is
REFUSED = {"provider": "payment", "operation": "refund", "fault": "decline", "count": 1}


@contextmanager
def stores(folder: Path) -> Iterator[tuple[Place, str]]:
    """The store of the day, and where its bank is told what to refuse."""
    sandbox = [sys.executable, "-m", "appliance", "sandbox", "run", "--json", "--port", "0"]
    with program(sandbox) as (_, world):
        payment = "BACKROOM__INTEGRATION__PAYMENT__"
        settings = {
            f"{payment}ADAPTER": "rest", f"{payment}ADDRESS": world["rest"]["payment"], "BACKROOM__SYNC__URL": NOBODY,
        }  # fmt: skip
        with store(folder, settings) as place:
            yield place, world["control"]


async def day(place: Place, control: str) -> dict[str, str]:
    """Every picture of the day by name."""
    address = Address(socket=place.socket)
    client = Client(address)
    try:
        bens = await _morning(client)
        async with stage(address, client) as at:
            drawn = {"tour-1-sell": await _sold(at), "tour-2-line": await _without_line(at)}
            drawn |= await _picked(at)
            async with httpx.AsyncClient() as sandbox:
                (await sandbox.post(f"{control}/control/faults", json=REFUSED)).raise_for_status()
            await _given_up(client, bens)
            drawn |= await _unstuck(at)
            drawn |= await _counted(at)
            drawn["tour-9-close"] = await _closed(at)
            await at.go("stock")
            place.process.kill()
            drawn["tour-10-away"] = await _away(at)
            return drawn
    finally:
        await client.close()


async def _morning(client: Client) -> str:
    """A drawer with cash in it, some sales, an order to pick; answers another that is ready to be fetched."""
    await shelve(client)
    await client.write("POST", f"/registers/{TILL}/drawer/open", {"opening_float": 10_000})
    for _ in range(5):
        lines = [{"product_id": "tea-20", "quantity": "2"}]
        body = {"register_id": TILL, "currency": "EUR", "lines": lines, "tenders": [{"type": "cash", "amount": 1_000}]}
        await client.write("POST", "/sales", body)
    bens = await _order(client, "Ben Example", "tea-20")
    found, etag = await client.read(f"/orders/{bens}")
    picked = {"lines": [{"line": 1, "picked": found["items"][0]["quantity"]}]}
    await client.write("POST", f"/orders/{bens}/pick", picked, etag=etag)
    await _becomes(client, f"/orders/{bens}", "ready_for_collection")
    await _order(client, "Ada Example", "honey-500g", "coffee-250g")
    return bens


async def _order(client: Client, name: str, *products: str) -> str:
    customer = await client.write("POST", "/customers", {"name": name, "email": "customer@example.org"})
    items = [{"product_id": each, "quantity": "2"} for each in products]
    body = {"customer_id": customer["customer_id"], "kind": "pickup", "items": items}
    placed: Json = await client.write("POST", "/orders", body)
    await _becomes(client, f"/orders/{placed['order_id']}", "awaiting_pick")
    return str(placed["order_id"])


async def _becomes(client: Client, path: str, status: str) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while (await client.get(path))["status"] != status:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.05)


async def _sold(at: Stage) -> str:
    await at.go("sale")
    await at.scan(COFFEE)
    await at.scan(f"2*{TEA}")
    await at.press("f9")
    await at.fill("20", "", "")
    await at.shows("Booked as")
    return await at.drawn()


async def _without_line(at: Stage) -> str:
    async with asyncio.timeout(WAIT_SECONDS):
        while not at.console.office.trouble:
            await at.console.look_at_office().wait()
    await at.go("today")
    await at.shows("Head office is not reached")
    await at.today()
    await at.shows("Selling does not depend on it.")
    return await at.drawn()


async def _picked(at: Stage) -> dict[str, str]:
    await at.go("pick")
    await at.press("enter")
    await at.scan(COFFEE)
    await at.shows("1 of 2")
    picking = await at.drawn()
    for code in (COFFEE, HONEY, HONEY):
        await at.scan(code)
    await at.press("f9")
    await at.shows("Ready on place")
    return {"tour-3-pick": picking, "tour-4-ready": await at.drawn()}


async def _given_up(client: Client, order: str) -> None:
    """Ben does not want it any more, and the bank does not give the money back."""
    _, etag = await client.read(f"/orders/{order}")
    await client.write("POST", f"/orders/{order}/cancel", {"reason": "changed his mind"}, etag=etag)
    await _becomes(client, f"/sagas/{order}", "stuck")


async def _unstuck(at: Stage) -> dict[str, str]:
    await at.go("problems")
    await at.shows("Orders need a decision")
    drawn = {"tour-5-problems": await at.drawn()}
    await at.go("sagas")
    while "only: stuck" not in "\n".join(at.lines):
        await at.press("s")
    await at.press("enter")
    await at.shows("It needs a person.")
    drawn["tour-6-stuck"] = await at.drawn()
    await at.press("ctrl+k")
    await at.fill("The money was given back at the counter.")
    await at.shows("It is: < compensated")
    return drawn | {"tour-7-unstuck": await at.drawn()}


async def _counted(at: Stage) -> dict[str, str]:
    await at.go("stock")
    await at.scan(HONEY)
    await at.shows("here")
    await at.press("ctrl+t")
    await at.fill("19", "shelf B4")
    await at.shows("Is that so?")
    drawn = {"tour-8-count": await at.drawn()}
    await at.press("tab", "enter")
    await at.shows("here 19")
    return drawn


async def _closed(at: Stage) -> str:
    await at.go("drawer")
    await at.press("ctrl+o")
    await at.fill("142.95", "")
    await at.shows("Close the drawer?")
    await at.press("tab", "enter")
    await at.shows("Z report")
    return await at.drawn()


async def _away(at: Stage) -> str:
    await at.shows("! store away")
    return await at.drawn()
