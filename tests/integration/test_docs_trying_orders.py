"""What docs/how-to/try-orders.md has a newcomer type is typed here: both programs, and all that follows."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.test_cli_docs import blocks, typed

PAGE = "docs/how-to/try-orders.md"
PORTS = ("inventory", "payment", "shipping", "notification")
QUICK = "breaker_open_s = 1.0\n"  # instead of 30 s: nothing else of the page is changed but ports


@contextmanager
def terminal(command: str, folder: Path) -> Iterator[Mapping[str, Any]]:
    """A command of the page in a terminal of its own, on free ports; what it says when it is ready."""
    program, *rest = shlex.split(command)
    assert program == "backroom"
    line = [sys.executable, "-m", "appliance", *rest, "--json", "--port", "0"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BACKROOM__")}
    with subprocess.Popen(line, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()


def settings(providers: Mapping[str, str]) -> str:
    """The page's settings, at the ports that the sandbox has got."""
    [text] = blocks(PAGE, "toml")
    for number, port in enumerate(PORTS, 8901):
        default = f'[integration.{port}]\nadapter = "rest"\naddress = "http://127.0.0.1:{number}"\n'
        assert default in text
        text = text.replace(default, default.replace(f"http://127.0.0.1:{number}", providers[port]) + QUICK)
    return text


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_orders_can_be_followed_through_a_decline_and_an_outage(tmp_path: Path) -> None:
    outside, inside = "".join(blocks(PAGE, "terminal")).splitlines()
    script = "\n".join(blocks(PAGE, "sh"))
    with terminal(outside, tmp_path) as sandbox:
        (tmp_path / "sandbox.toml").write_text(settings(sandbox["rest"]))
        with terminal(inside, tmp_path) as store:
            for written, got in (("8080", store["url"]), ("8900", sandbox["control"])):
                script = script.replace(f"http://127.0.0.1:{written}", got)
            said = typed(script, tmp_path, tmp_path / "sandbox-store", timeout_s=240)
            ledger = httpx.get(f"{sandbox['control']}/ledger").json()

    assert sorted(ledger["verdict"]["kept_by_order"].values()) == [1700, 1700]
    assert ledger["verdict"]["problems"] == []
    assert [bool(each["refused"]) for each in ledger["payment"] if each["operation"] == "charge"] == [
        False,
        True,
        False,
    ]
    for story in blocks(PAGE, "text"):
        in_order(said, *shown(story))
    in_order(
        said,
        "process_payment: done (transaction_id txn-",
        "send_order_confirmation: done",
        "completed",
        "turned round at process_payment",
        "reserve_inventory: undone",
        "everything is taken back",
        "process_payment: could not be sent, waiting",
        "process_payment: done (transaction_id txn-",
        "completed",
    )


def shown(story: str) -> Iterator[str]:
    """What the page shows of a story, without the numbers that are another time's."""
    for line in story.splitlines():
        label, words = line.split(maxsplit=1)
        if label in {"status", "why"}:
            yield line
        elif label[:4] in {"...", "2026"} and "began" not in line:
            yield re.sub(r"(res|txn|shp|msg)-.*|\.\.\.$", "", words).rstrip()


def in_order(text: str, *parts: str) -> None:
    """Each part is in the text, after the one before."""
    at = 0
    for part in parts:
        found = text.find(part, at)
        assert found >= 0, f"{part!r} is missing after:\n{text[at:]}"
        at = found + 1
