"""`python -m tui.pictures FOLDER`: the console's screens as SVG, from a real store that this starts and ends.

`--check FOLDER` compares instead of writing. What differs from run to run, times of day and made-up ids, is masked;
everything else is what the console shows.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from textual.pilot import Pilot

from tui.app import Console
from tui.client import Address, Client
from tui.screens.room import LOADING, SHOWN, Room
from tui.screens.today import Today
from tui.settings import Settings
from tui.texts import Texts

SIZE = (96, 26)
WAIT_SECONDS = 30.0
TILL = "till-1"
MASKS = (
    (re.compile(r"\.\.[0-9a-f]{12}"), "..3d2b6a4f0c1e"),
    (re.compile(r"01[0-9a-f]{6}-[0-9a-f]{4}(-[0-9a-f]{0,12})*"), "019aa9f0-5a10-7cc3-9d2b-6a4f0c1e2b3d"),
    (re.compile(r"terminal-\d+"), "terminal-1"),
)
SHELVES = {"coffee-250g": "A1", "tea-20": "A2", "honey-500g": "B4"}


class StillTexts(Texts):
    """A console whose clock stands."""

    def moment(self, utc: str | None, zone: ZoneInfo) -> str:
        """One moment for all."""
        return super().moment(utc and "2026-11-24T09:30:00Z", zone)

    def clock(self, utc: str | None, zone: ZoneInfo) -> str:
        """The same."""
        return super().clock(utc and "2026-11-24T09:30:00Z", zone)

    def day(self, iso: str) -> str:
        """One day for all."""
        return super().day(iso and "2026-11-24")


class Stage:
    """A console before the camera."""

    def __init__(self, console: Console, pilot: Pilot[None], client: Client) -> None:
        self.console = console
        self.pilot = pilot
        self.client = client

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not true():
                await self.pilot.pause(0.05)

    async def go(self, name: str) -> None:
        """Into a room."""
        self.console.action_go(name)
        await self.until(lambda: isinstance(self.console.screen, Room) and self.console.screen.state != LOADING)
        await self.pilot.pause(0.2)

    async def press(self, *keys: str) -> None:
        """Keys, then time to settle."""
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause(0.2)
        shown = self.console.screen
        if isinstance(shown, Room):
            await self.until(lambda: shown.state == SHOWN or not shown.is_attached)
        await self.pilot.pause(0.3)


async def today(stage: Stage) -> None:
    """The day, its hours moved to ten o'clock."""
    await stage.go("today")
    room = stage.console.screen
    if isinstance(room, Today):
        for each in room.report["hours"]:
            each["hour"] = "10"
        room.draw()
        await stage.pilot.pause(0.1)


async def sale(stage: Stage) -> None:
    """A basket."""
    await stage.go("sale")
    room = stage.console.screen
    if isinstance(room, Room):
        for code in ("9521000000018", "2*9521000000025", "9521000000049"):
            await room.scanned(code)
    await stage.pilot.pause(0.2)


async def pick(stage: Stage) -> None:
    """An order being picked."""
    await stage.go("pick")
    await stage.press("enter")
    room = stage.console.screen
    if isinstance(room, Room):
        await room.scanned("9521000000018")
    await stage.pilot.pause(0.2)


async def order(stage: Stage) -> None:
    """An order with its steps."""
    await stage.go("orders")
    await stage.press("enter")


async def stock(stage: Stage) -> None:
    """Every product's stock."""
    await stage.go("stock")


async def product(stage: Stage) -> None:
    """One product's movements."""
    await stage.go("stock")
    room = stage.console.screen
    if isinstance(room, Room):
        await room.scanned("9521000000018")
    await stage.press()


async def drawer(stage: Stage) -> None:
    """The drawer in the middle of the day."""
    await stage.go("drawer")


async def sagas(stage: Stage) -> None:
    """What is under way."""
    await stage.go("sagas")


async def saga(stage: Stage) -> None:
    """One saga that waits for somebody."""
    await stage.go("sagas")
    await stage.press("enter")


async def problems(stage: Stage) -> None:
    """Nothing is wrong."""
    await stage.go("problems")


async def sync(stage: Stage) -> None:
    """A store of its own."""
    await stage.go("sync")


async def keys(stage: Stage) -> None:
    """What can be done."""
    await stage.go("sale")
    await stage.press("f1")


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


@contextmanager
def store(data: Path) -> Iterator[tuple[str, str]]:
    """A store of our own on a free port: its address and a till's token."""
    command = [sys.executable, "-m", "appliance", "--data", str(data), "run", "--json", "--port", "0"]
    command.append("--first-start-catalogue")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            ready = json.loads(process.stdout.readline() if process.stdout else "")
            yield ready["url"], str(data / "control.sock")
        finally:
            process.terminate()


async def fill(client: Client) -> None:
    """A morning: a drawer opened, sales, goods received, two orders to be picked up."""
    await client.write("POST", f"/registers/{TILL}/drawer/open", {"opening_float": 10_000})
    for product_id, shelf in SHELVES.items():
        known, etag = await client.read(f"/products/{product_id}")
        kept = {name: known[name] for name in ("name", "kind", "tax_code", "barcodes", "price", "active")}
        await client.write("PUT", f"/products/{product_id}", {**kept, "shelf": shelf}, etag=etag)
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


async def shoot(socket: str) -> dict[str, str]:
    """Every picture by name."""
    address = Address(socket=Path(socket))
    client = Client(address)
    try:
        await fill(client)
        return {name: await picture(address, client, scene) for name, scene in SHOTS.items()}
    finally:
        await client.close()


async def picture(address: Address, client: Client, scene: Callable[[Stage], Awaitable[None]]) -> str:
    """One scene on a console of its own."""
    console = Console(Settings(address=address, register=TILL))
    console.texts = StillTexts("en_GB")
    async with console.run_test(size=SIZE) as pilot:
        stage = Stage(console, pilot, client)
        await stage.until(lambda: console.person is not None and bool(console.linked))
        await scene(stage)
        drawn = console.export_screenshot(title="Backroom")
    for pattern, still in MASKS:
        drawn = pattern.sub(still, drawn)
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write or compare; answers the exit code."""
    check = "--check" in arguments
    folders = [Path(each) for each in arguments if not each.startswith("--")]
    if len(folders) != 1:
        sys.stderr.write("usage: python -m tui.pictures [--check] FOLDER\n")
        return 2
    with tempfile.TemporaryDirectory() as data, store(Path(data) / "store") as (_, socket):
        drawn = asyncio.run(shoot(socket))
    stale = [name for name, svg in drawn.items() if _differs(folders[0] / f"{name}.svg", svg, write=not check)]
    if check and stale:
        sys.stderr.write(f"{', '.join(stale)} look otherwise now. Write them: python -m tui.pictures {folders[0]}\n")
    return 1 if check and stale else 0


def _differs(path: Path, svg: str, *, write: bool) -> bool:
    differs = not path.exists() or path.read_text() != svg
    if differs and write:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(svg)
    return differs


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
