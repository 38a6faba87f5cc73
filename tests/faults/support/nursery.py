"""Starts whole appliances fast: a process that has imported everything once, and forks one each time it is asked.

`python -m tests.faults.support.nursery` reads a JSON line an order and answers with JSON lines: "forked" at once,
"ready" with the address when the appliance serves, "ended" with how it ended. Its children die with it.
"""

import ctypes
import json
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from appliance.config import ScrubSettings, load
from appliance.supervisor import Running, serve
from tests.faults.support.plants import planted

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Until the orders end."""
    assert threading.active_count() == 1, "a process with threads must not fork"
    for line in sys.stdin:
        order = json.loads(line)
        if "start" in order:
            _fork(Path(order["start"]), order["plant"], Path(order["log"]), order["settings"])
        else:
            _, status = os.waitpid(order["reap"], 0)
            say(event="ended", pid=order["reap"], code=os.waitstatus_to_exitcode(status))


def _fork(data: Path, plant: str, said: Path, settings: dict[str, Any]) -> None:
    pid = os.fork()
    if pid:
        say(event="forked", pid=pid)
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    code = 70
    try:
        code = _run(data, plant, settings)
    except BaseException:  # noqa: BLE001  whatever it was: this process must not go on as its parent
        traceback.print_exc()
    finally:
        os._exit(code)


def _run(data: Path, plant: str, more: dict[str, Any]) -> int:
    scrub = ScrubSettings(enabled=False)
    settings = load(data_dir=data, machine_id="machine-a", http={"port": 0}, scrub=scrub, **more)

    async def ready(running: Running) -> None:
        say(event="ready", pid=os.getpid(), url=running.url)

    with planted(plant):
        return serve(settings, ready)


def say(**answer: Any) -> None:
    """One line, written at once: lines of several children must not mix."""
    os.write(1, json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main()
