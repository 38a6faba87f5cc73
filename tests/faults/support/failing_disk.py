"""One sale with one failing write or sync in it, for every write and sync there is, in a process of its own.

`python -m tests.faults.support.failing_disk FOLDER ERROR TIMES` under the preloaded shim prints a JSON line a run. A
run ends where it asks for a failure past the last write of the last sync: then every one has failed once.
"""

import ctypes
import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from appliance.domain.refusals import Refusal
from appliance.eventstore import checkpoints, identity
from tests.faults.support import shop
from tests.faults.support.checker import Violation, check

BOOKED_BEFORE = 3
MOST_OPERATIONS = 500
SETTLED_SECONDS = 0.15  # the writer has looked after its checkpoint by then


@dataclass
class Run:
    """What the till was told when the nth operation failed, and what was true after a restart."""

    nth: int
    fired: int
    answer: str
    after_restart: int  # how often the sale was there, before it was asked again
    finally_there: int
    verdict: str
    violation: str


def main(folder: Path, error: int, times: int) -> None:
    """Try every operation of the sale in turn."""
    checkpoints.IDLE_SECONDS = 0.0
    template = folder / "template"
    with shop.opened(template) as stocked:
        for number in range(BOOKED_BEFORE):
            stocked.sell(f"before-{number}")
    libc = ctypes.CDLL(None)
    for nth in range(1, MOST_OPERATIONS):
        run = attempt(libc, template, folder / "data", nth, error, times)
        print(json.dumps(asdict(run)), flush=True)
        if run.fired == 0:
            return


def attempt(libc: ctypes.CDLL, template: Path, data: Path, nth: int, error: int, times: int) -> Run:
    """Sell on a fresh copy with the nth operation failing, restart on a healthy disk, look, and ask again."""
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(template, data)
    identity.write_down(data / "identity.json", data / "store.db", shop.MACHINE)
    answer = _sell(libc, data, nth, error, times)
    fired = libc.disk_fired()
    libc.disk_arm(0, 0, 0)
    sent = {f"before-{number}" for number in range(BOOKED_BEFORE)}
    acked = sent | ({"sale"} if answer == "acked" else set())
    try:
        after_restart = check(data, acked, ["sale"]).sales["sale"]
        with shop.opened(data) as again:
            verdict = again.store.verdict.cause if again.store.verdict else ""
            again.sell("sale")
            again.sell("after")
        finally_there = check(data, [*sent, "sale", "after"], []).sales["sale"]
    except Violation as violation:
        return Run(nth, fired, answer, -1, -1, "", str(violation))
    return Run(nth, fired, answer, after_restart, finally_there, verdict, "")


def _sell(libc: ctypes.CDLL, data: Path, nth: int, error: int, times: int) -> str:
    answer = "no start"
    try:
        with shop.opened(data) as failing:
            failing.sell("before-0")  # a repeat: answered, not booked; the store is warm
            libc.disk_arm(nth, error, times)
            answer = _answer(lambda: failing.sell("sale"))
            _settle(failing)
    except OSError as failed:  # closing on a disk that still fails
        return f"{answer}, then {type(failed).__name__}"
    return answer


def _answer(sell: Callable[[], object]) -> str:
    try:
        sell()
    except Refusal as refusal:
        return refusal.code
    return "acked"


def _settle(failing: shop.Shop) -> None:
    until = time.monotonic() + SETTLED_SECONDS
    while failing.store.checkpointer.wanted and failing.store.writer.failure is None and time.monotonic() < until:
        time.sleep(0.002)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
