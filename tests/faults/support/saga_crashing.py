"""Ends a process at every named moment of a saga's life, one after the other, and lets it go on from there.

`python -m tests.faults.support.saga_crashing` reads a JSON line an order, forks a process that runs a scenario on a
data directory, and answers how it ended and which moments it passed. A scenario is named "module:function" and is an
async function of (data directory, ledger file, point) that returns when the saga has ended or needs a person; so the
same machinery serves every definition.
"""

import asyncio
import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvloop

from tests.faults.support.moments import Names, inside_a_turn
from tests.faults.support.plants import planted

PR_SET_PDEATHSIG = 1
Point = Callable[[str], None]


@dataclass(frozen=True)
class Ended:
    """How a run ended: the signal or exit code, and the moments it passed, the last one being where it was killed."""

    code: int
    points: list[str]

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Crasher:
    """Runs scenarios in processes that have imported everything beforehand."""

    def __init__(self, scenario: str, place: Path, plant: str = "") -> None:
        self.scenario = scenario
        self._plant = plant
        self._place = place
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.faults.support.saga_crashing", self.scenario]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def run(self, name: str, kill_at: int | str | None = None) -> Ended:
        """Run on the directory of that name until it ends, or until a moment: its number from 1, or how it begins."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {
            "data": str(self._place / name),
            "ledger": str(self._place / f"{name}.ledger"),
            "kill_at": kill_at,
            "plant": self._plant,
        }
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Ended(answer["code"], answer["points"])

    def data(self, name: str) -> Path:
        """The directory of that name."""
        return self._place / name

    def ledger(self, name: str) -> list[str]:
        """The keys that the outside has carried out, in order; one that stands twice was done twice."""
        path = self._place / f"{name}.ledger"
        return path.read_text().split() if path.exists() else []


def main(scenario: str) -> None:
    """Until the orders end."""
    module, _, function = scenario.partition(":")
    run = getattr(importlib.import_module(module), function)
    assert threading.active_count() == 1, "a process with threads must not fork"
    for line in sys.stdin:
        order = json.loads(line)
        reading, writing = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(reading)
            _child(run, order, writing)
        os.close(writing)
        with os.fdopen(reading) as said:
            points = said.read().split("\n")[:-1]
        _, status = os.waitpid(pid, 0)
        answer = {"code": os.waitstatus_to_exitcode(status), "points": points}
        print(json.dumps(answer), flush=True)


def _child(run: Any, order: dict[str, Any], said: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    lock, passed, kill_at, names = threading.RLock(), 0, order["kill_at"], Names()

    def point(told: str) -> None:
        nonlocal passed
        with lock:  # moments come from several threads; each has its number and its name
            passed += 1
            name = names.name(told)
            os.write(said, f"{name}\n".encode())
            if passed == kill_at or (isinstance(kill_at, str) and name.startswith(kill_at)):
                os.kill(os.getpid(), signal.SIGKILL)

    code = 70
    try:
        with planted(order["plant"]), inside_a_turn(point):
            uvloop.run(asyncio.wait_for(run(Path(order["data"]), Path(order["ledger"]), point), 30))
        code = 0
    except BaseException:  # noqa: BLE001  whatever it was: this process must not go on as its parent
        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
