"""The scenario of the crash matrix: three steps, each with a compensation, against an outside that keeps a ledger."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from appliance.application.outside import Declined, Done, Found
from appliance.sagas.definition import Begin, Call, Data, Definition, Retry, Step
from appliance.sagas.state import STUCK, TERMINAL
from tests.support.sagas import Shop, shop
from tests.support.stores import context, rows

STEPS = ("reserve", "pay", "ship")
SAGA = "s-1"
QUICK = Retry(attempts=3, first_s=0.01, longest_s=0.02)


class Ledger:
    """What the outside has carried out, on the disk: it does not die with the store."""

    def __init__(self, path: Path, point: Callable[[str], None], refuses: str | None) -> None:
        self._path = path
        self._point = point
        self._refuses = refuses

    def _keys(self) -> list[str]:
        return self._path.read_text().split() if self._path.exists() else []

    async def act(self, call: Call) -> Data:
        if call.step == self._refuses and not call.key.endswith(":undo"):
            raise Declined("no", "It is refused.")
        if call.key not in self._keys():
            self._point(f"arrived:{call.key}")
            with self._path.open("a") as out:
                out.write(f"{call.key}\n")
                out.flush()
                os.fsync(out.fileno())
        self._point(f"carried_out:{call.key}")
        return {"reference": call.key}

    async def ask(self, call: Call) -> Found:
        return Found("done", Done(call.key)) if call.key in self._keys() else Found("absent")


def definition(ledger: Ledger) -> Definition:
    steps = [
        Step(
            name=name,
            action=ledger.act,
            compensation=ledger.act,
            ask=ledger.ask,
            ask_undone=ledger.ask,
            retry=QUICK,
            undo_retry=QUICK,
            late_s=0.02,
        )
        for name in STEPS
    ]
    return Definition(name="toy", version=1, steps=steps)


async def _through(data: Path, path: Path, point: Callable[[str], None], refuses: str | None) -> None:
    ledger = Ledger(path, point, refuses)
    async with shop(data, definition(ledger), point=point, threads=1) as running:
        running.store.writer.stats.observe_commit_seconds = lambda _: point("committed")
        await _begun(running, point)
        while not _ended(running):  # noqa: ASYNC110  the disk is asked, as a person would
            await asyncio.sleep(0.005)


async def _begun(running: Shop, point: Callable[[str], None]) -> None:
    begin = Begin(saga_id=SAGA, subject=SAGA, input={})
    point("before_begin")
    await running.store.writer.run(lambda uow: running.sagas.course.begin(uow, "toy", begin, context()))
    point("after_begin")


def _ended(running: Shop) -> bool:
    [(status,)] = rows(running.data, "SELECT status FROM sagas WHERE saga_id = ?", SAGA)
    return status in TERMINAL or status == STUCK


async def completing(data: Path, path: Path, point: Callable[[str], None]) -> None:
    """To its end."""
    await _through(data, path, point, None)


async def compensating(data: Path, path: Path, point: Callable[[str], None]) -> None:
    """Refused at the last step, and back."""
    await _through(data, path, point, STEPS[-1])
