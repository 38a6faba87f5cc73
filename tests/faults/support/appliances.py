"""Whole appliances as a test sees them: start, kill, stop, and how each ended."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

REPOSITORY = Path(__file__).resolve().parents[3]
START_SECONDS = 40.0
STOP_SECONDS = 40.0


@dataclass
class Appliance:
    """One running process."""

    nursery: "Nursery"
    data: Path
    pid: int
    url: str = ""

    @property
    def port(self) -> int:
        """Where tills reach it."""
        return int(self.url.rsplit(":", 1)[1])

    def await_ready(self) -> Self:
        """Wait until it serves."""
        self.url = self.nursery.event("ready", self.pid, START_SECONDS)["url"]
        return self

    def kill(self) -> None:
        """Kill it as a failing power supply would, but for the disk's own cache; returns when it is gone."""
        self.signal(signal.SIGKILL)
        self.ended()

    def signal(self, number: int) -> None:
        """Send a signal and do not wait."""
        os.kill(self.pid, number)

    def ended(self, seconds: float = STOP_SECONDS) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        self.nursery.order({"reap": self.pid})
        code: int = self.nursery.event("ended", self.pid, seconds)["code"]
        return code


@dataclass
class Nursery:
    """The process that forks them; a context manager, and all of them end with it.

    What they say on stderr is in `said`.
    """

    said: Path

    _process: subprocess.Popen[str] = field(init=False, repr=False)
    _events: "queue.SimpleQueue[dict[str, Any]]" = field(default_factory=queue.SimpleQueue)
    _seen: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.faults.support.nursery"]
        self._process = subprocess.Popen(
            command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()

    def start(self, data: Path, plant: str = "", settings: Mapping[str, Any] | None = None) -> Appliance:
        """Begin to start one; `await_ready` says when it serves."""
        self.order({"start": str(data), "plant": plant, "log": str(self.said), "settings": settings or {}})
        return Appliance(self, data, self.event("forked", None, START_SECONDS)["pid"])

    def order(self, order: dict[str, Any]) -> None:
        """Tell the process something."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def event(self, name: str, pid: int | None, seconds: float) -> dict[str, Any]:
        """Wait for something to have happened to a child."""
        while True:
            for seen in self._seen:
                if seen["event"] == name and pid in {None, seen["pid"]}:
                    self._seen.remove(seen)
                    return seen
            try:
                self._seen.append(self._events.get(timeout=seconds))
            except queue.Empty:
                message = f"no {name!r} from process {pid} within {seconds:g} s"
                raise AssertionError(message) from None

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._events.put(json.loads(line))
