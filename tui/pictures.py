"""`python -m tui.pictures FOLDER`: the console's screens as SVG, from real stores that this starts and ends.

`--check FOLDER` compares instead of writing. What differs from run to run, times of day and made-up ids, is masked;
everything else is what the console shows.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tui.client import Address, Client
from tui.staging import TILL, WAIT_SECONDS, Place, Stage, shelve, stage, store
from tui.tour import day, stores


async def today(at: Stage) -> None:
    """The day at a glance."""
    await at.today()


async def sale(at: Stage) -> None:
    """A basket."""
    await at.go("sale")
    for code in ("9521000000018", "2*9521000000025", "9521000000049"):
        await at.scan(code)


async def pick(at: Stage) -> None:
    """An order being picked."""
    await at.go("pick")
    await at.press("enter")
    await at.scan("9521000000018")


async def order(at: Stage) -> None:
    """An order with its steps."""
    await at.go("orders")
    await at.press("enter")


async def stock(at: Stage) -> None:
    """Every product's stock."""
    await at.go("stock")


async def product(at: Stage) -> None:
    """One product's movements."""
    await at.go("stock")
    await at.scan("9521000000018")
    await at.press()


async def drawer(at: Stage) -> None:
    """The drawer in the middle of the day."""
    await at.go("drawer")


async def sagas(at: Stage) -> None:
    """What is under way."""
    await at.go("sagas")


async def saga(at: Stage) -> None:
    """One saga that waits for somebody."""
    await at.go("sagas")
    await at.press("enter")


async def problems(at: Stage) -> None:
    """Nothing is wrong."""
    await at.go("problems")


async def sync(at: Stage) -> None:
    """A store of its own."""
    await at.go("sync")


async def keys(at: Stage) -> None:
    """What can be done."""
    await at.go("sale")
    await at.press("f1")


SHOTS: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "today": today,
    "sale": sale,
    "order": order,
    "pick": pick,
    "stock": stock,
    "product": product,
    "drawer": drawer,
    "sagas": sagas,
    "saga": saga,
    "problems": problems,
    "sync": sync,
    "help": keys,
}


async def fill(client: Client) -> None:
    """A morning: a drawer opened, sales, goods received, two orders to be picked up."""
    await client.write("POST", f"/registers/{TILL}/drawer/open", {"opening_float": 10_000})
    await shelve(client)
    for number in range(12):
        lines = [{"product_id": "coffee-250g", "quantity": "1"}, {"product_id": "tea-20", "quantity": "2"}]
        kind = "card" if number % 3 else "cash"
        body = {"register_id": TILL, "currency": "EUR", "lines": lines, "tenders": [{"type": kind, "amount": 1207}]}
        await client.write("POST", "/sales", body)
    customer = await client.write("POST", "/customers", {"name": "Ada Example", "email": "ada@example.org"})
    items = [{"product_id": "coffee-250g", "quantity": "2"}, {"product_id": "honey-500g", "quantity": "1"}]
    body = {"customer_id": customer["customer_id"], "kind": "pickup", "items": items}
    placed = await client.write("POST", "/orders", body)
    async with asyncio.timeout(WAIT_SECONDS):
        while (await client.get(f"/orders/{placed['order_id']}"))["status"] != "awaiting_pick":  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def everything(place: Place, other: Place, control: str) -> dict[str, str]:
    """The rooms and the tour, side by side: most of it is waiting."""
    async with asyncio.TaskGroup() as tasks:
        rooms = tasks.create_task(shoot(place.socket))
        tour = tasks.create_task(day(other, control))
    return rooms.result() | tour.result()


async def shoot(socket: Path) -> dict[str, str]:
    """Every picture by name."""
    address = Address(socket=socket)
    client = Client(address)
    try:
        await fill(client)
        return {name: await picture(address, client, scene) for name, scene in SHOTS.items()}
    finally:
        await client.close()


async def picture(address: Address, client: Client, scene: Callable[[Stage], Awaitable[None]]) -> str:
    """One scene on a console of its own."""
    async with stage(address, client) as at:
        await scene(at)
        return await at.drawn()


def main(arguments: Sequence[str]) -> int:
    """Write or compare; answers the exit code."""
    check = "--check" in arguments
    folders = [Path(each) for each in arguments if not each.startswith("--")]
    if len(folders) != 1:
        sys.stderr.write("usage: python -m tui.pictures [--check] FOLDER\n")
        return 2
    stale = _stale(folders[0], write=not check)
    if check and stale:  # once more: on a very busy machine a store has a problem that it has nowhere else
        stale = [name for name in _stale(folders[0], write=False) if name in stale]
    if check and stale:
        sys.stderr.write(f"{', '.join(stale)} look otherwise now. Write them: python -m tui.pictures {folders[0]}\n")
    return 1 if check and stale else 0


def _stale(folder: Path, *, write: bool) -> list[str]:
    with (
        tempfile.TemporaryDirectory() as data,
        store(Path(data) / "store") as place,
        stores(Path(data) / "tour") as (other, control),
    ):
        drawn = asyncio.run(everything(place, other, control))
    return [name for name, svg in drawn.items() if _differs(folder / f"{name}.svg", svg, write=write)]


def _differs(path: Path, svg: str, *, write: bool) -> bool:
    differs = not path.exists() or path.read_text() != svg
    if differs and write:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(svg)
    return differs


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
