"""A store that runs in a process of its own, as `backroom run` starts it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import httpx

from tests.support.command_line import Backroom

STOP_SECONDS = ANSWER_SECONDS = 40.0


@dataclass(frozen=True)
class Running:
    """A running store: what it said when it was ready, and its process."""

    ready: dict[str, Any]
    process: subprocess.Popen[str]

    def post(self, path: str, body: Any, key: str) -> httpx.Response:
        """A request as a till sends it."""
        headers = {"Authorization": f"Bearer {self.ready['token']}", "Idempotency-Key": key}
        return httpx.post(f"{self.ready['url']}/api/v1{path}", json=body, headers=headers, timeout=ANSWER_SECONDS)

    def stop(self) -> int:
        """End it as systemd would; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)


@contextmanager
def running(backroom: Backroom, *options: str, stderr: int | IO[str] = subprocess.PIPE) -> Iterator[Running]:
    """Run the store on a free port until the end of the test; what it says to the journal goes to `stderr`."""
    arguments = backroom.given("run", "--json", "--port", "0", *options)
    command = [sys.executable, "-m", "appliance", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, process.stderr.read() if process.stderr else ""
            yield Running(json.loads(line), process)
        finally:
            process.kill()
