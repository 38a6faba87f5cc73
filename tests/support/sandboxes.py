"""A sandbox in a process of its own, as `backroom sandbox run` starts it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

CHARGE = {"order_id": "o1", "amount": 1299, "currency": "EUR"}


class Beside:
    """A sandbox in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]", said: dict[str, Any]) -> None:
        self.process = process
        self.said = said

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the sandbox itself; its answer, with the status."""
        answer = httpx.request(method, f"{self.said['control']}{path}", json=body, timeout=40)
        return answer.json() | {"status": answer.status_code}

    def charge(self, key: str, body: Any = None) -> httpx.Response:
        """Charge as a store would."""
        address = f"{self.said['rest']['payment']}/v1/payment/charges"
        return httpx.post(address, json=body or CHARGE, headers={"Idempotency-Key": key}, timeout=40)


@contextmanager
def beside(folder: Path, *options: str) -> Iterator[Beside]:
    """One that runs until the block is left, on free ports."""
    command = [sys.executable, "-m", "appliance", "sandbox", "run", "--json", "--port", "0"]
    command += ["--ledger", str(folder / "ledger.db"), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Beside(process, json.loads(process.stdout.readline()))
        finally:
            process.kill()
