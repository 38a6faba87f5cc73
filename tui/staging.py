"""A console before a camera: a real store of its own, a clock that stands, and what differs from run to run masked."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from textual.pilot import Pilot
from textual.widgets import Input

from tui.app import Console
from tui.client import Address, Client, Json
from tui.screens.room import LOADING, SHOWN, Room
from tui.screens.today import Today
from tui.settings import Settings
from tui.texts import Texts

SIZE = (96, 26)
WAIT_SECONDS = 30.0
TILL = "till-1"
_GAP = "(?: |&#160;)"  # as text has it, as SVG has it
ID = "019aa9f0-5a10-7cc3-9d2b-6a4f0c1e2b3d"
MASKS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?<!\.)\.\.[0-9a-f]{2,12}"), lambda found: "..3d2b6a4f0c1e"[: len(found[0])]),
    (re.compile(r"\b01[0-9a-f]{2,6}(?=[-…])(-[0-9a-f]{0,12})*"), lambda found: ID[: len(found[0])]),
    (re.compile(r"(?<=:\d\d)\.\d{6}(?=Z)"), ".000000"),
    (re.compile(r"terminal-\d+"), "terminal-1"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "10:30:00"),
    (re.compile(r"\b20\d\d-\d\d-\d\d\b"), "2026-11-24"),
    (re.compile(rf"\b\d\d(?={_GAP}█)"), "10"),
    (re.compile(rf"(place{_GAP})[0-9A-F]{{5}}\b"), r"\g<1>B4C21"),
    (re.compile(rf"\b\d\d(?={_GAP}(unsent|events{_GAP}wait))"), "57"),
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

    async def open(self, page: Room) -> None:
        """A page behind a room."""
        self.console.push_screen(page)
        await self.until(lambda: self.console.screen is page and page.state != LOADING)
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

    async def today(self) -> None:
        """Into the first room, its hours moved to ten o'clock."""
        await self.go("today")
        room = self.console.screen
        if isinstance(room, Today):
            for each in room.report["hours"]:
                each["hour"] = "10"
            room.draw()
        await self.pilot.pause(0.1)

    async def fill(self, *texts: str) -> None:
        """Answer what is asked, field by field."""
        for text in texts:
            field = self.console.focused
            if isinstance(field, Input):
                field.value = text
            await self.pilot.press("enter")
            await self.pilot.pause(0.2)

    async def scan(self, code: str) -> None:
        """A code, as if by a scanner."""
        room = self.console.screen
        if isinstance(room, Room):
            await room.scanned(code)
        await self.pilot.pause(0.2)

    async def shows(self, text: str) -> None:
        """Wait until a text is on the screen."""
        try:
            await self.until(lambda: text in "\n".join(self.lines))
        except TimeoutError:
            raise TimeoutError("\n".join((f"{text!r} is not on:", *self.lines))) from None

    @property
    def lines(self) -> list[str]:
        """What stands on the terminal, masked."""
        strips = self.console.screen._compositor.render_strips()  # noqa: SLF001  what is painted has no other reader
        return [masked(strip.text).rstrip() for strip in strips]

    async def text(self) -> str:
        """What stands on the terminal, once the keys stand below."""
        await self.until(lambda: bool(self.lines[-1].strip()))
        return "\n".join(self.lines)

    async def drawn(self) -> str:
        """The same as a picture."""
        await self.text()
        svg = masked(self.console.export_screenshot(title="Backroom"))
        return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


async def shelve(client: Client) -> None:
    """Say where things stand."""
    for product_id, shelf in SHELVES.items():
        known, etag = await client.read(f"/products/{product_id}")
        kept = {name: known[name] for name in ("name", "kind", "tax_code", "barcodes", "price", "active")}
        await client.write("PUT", f"/products/{product_id}", {**kept, "shelf": shelf}, etag=etag)


def masked(text: str) -> str:
    """Without ids and times of day."""
    for pattern, still in MASKS:
        text = pattern.sub(still, text)
    return text


@asynccontextmanager
async def stage(
    address: Address, client: Client, size: tuple[int, int] = SIZE, way: Client | None = None
) -> AsyncIterator[Stage]:
    """A console that has met the store, over a `way` of its own where it is to hear something else."""
    console = Console(Settings(address=address, register=TILL), way)
    console.texts = StillTexts("en_GB")
    async with console.run_test(size=size) as pilot:
        set_ = Stage(console, pilot, client)
        await set_.until(lambda: console.person is not None and bool(console.linked))
        yield set_


@dataclass(frozen=True, slots=True)
class Place:
    """A store that runs, and where its consoles reach it."""

    socket: Path
    process: subprocess.Popen[str]


@contextmanager
def store(data: Path, settings: Mapping[str, str] | None = None) -> Iterator[Place]:
    """A store of our own on a free port, with the first catalogue."""
    command = [sys.executable, "-m", "appliance", "--data", str(data), "run", "--json", "--port", "0"]
    with program([*command, "--first-start-catalogue"], settings) as (process, _):
        yield Place(data / "control.sock", process)


@contextmanager
def program(
    command: list[str], settings: Mapping[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], Json]]:
    """A program that says one line of JSON when it is ready."""
    env = {**os.environ, **(settings or {})}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env) as process:
        try:
            yield process, json.loads(process.stdout.readline() if process.stdout else "")
        finally:
            process.terminate()
