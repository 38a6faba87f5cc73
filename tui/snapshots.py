"""`python -m tui.snapshots FOLDER`: every screen as text, at three sizes of terminal; `--check` compares instead.

A file for each size, a screen under its name in each: what changes on a screen shows in the difference of a commit.
"""

from __future__ import annotations

import asyncio
import difflib
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from tui.bad_day import BadDay
from tui.client import Address, Client
from tui.pictures import fill
from tui.rooms import open_to
from tui.snapshot_pages import bad_day, behind
from tui.staging import Place, Stage, stage, store

SIZES = ((80, 24), (60, 20), (200, 60))


def drawn() -> dict[str, str]:
    """The text of every screen, by the file's name."""
    with tempfile.TemporaryDirectory() as data, store(Path(data) / "store") as place:
        return asyncio.run(_every_size(place))


async def _every_size(place: Place) -> dict[str, str]:
    address = Address(socket=place.socket)
    client = Client(address)
    try:
        await fill(client)
        async with asyncio.TaskGroup() as tasks:  # side by side: most of it is waiting
            found = {size: tasks.create_task(_screens(address, client, size)) for size in SIZES}
        return {f"{width}x{height}.txt": drawing.result() for (width, height), drawing in found.items()}
    finally:
        await client.close()


async def _screens(address: Address, client: Client, size: tuple[int, int]) -> str:
    async with stage(address, client, size) as at:
        parts = [each async for each in _rooms(at)]
        parts += [each async for each in behind(at)]
    async with stage(address, client, size, BadDay(address)) as at:
        parts += [each async for each in bad_day(at)]
    return "\n".join(parts)


async def _rooms(at: Stage) -> AsyncIterator[str]:
    person = at.console.person
    for each in open_to(person.role if person else ""):
        await (at.today() if each.name == "today" else at.go(each.name))
        yield f"=== {each.name}\n{await at.text()}\n"


def differing(folder: Path, found: dict[str, str]) -> str:
    """What stands otherwise in the folder's files; nothing where all is as it was."""
    told: list[str] = []
    for name, text in found.items():
        kept = (folder / name).read_text() if (folder / name).exists() else ""
        told += difflib.unified_diff(
            kept.splitlines(), text.splitlines(), f"{name} as it was", f"{name} now", lineterm=""
        )
    return "\n".join(told)


def main(arguments: Sequence[str]) -> int:
    """Write or compare; answers the exit code."""
    folders = [Path(each) for each in arguments if not each.startswith("--")]
    if len(folders) != 1:
        sys.stderr.write("usage: python -m tui.snapshots [--check] FOLDER\n")
        return 2
    found = drawn()
    if "--check" in arguments:
        differs = differing(folders[0], found)
        sys.stderr.write(differs and f"{differs}\nWrite them: python -m tui.snapshots {folders[0]}\n")
        return 1 if differs else 0
    folders[0].mkdir(parents=True, exist_ok=True)
    for name, text in found.items():
        (folders[0] / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
