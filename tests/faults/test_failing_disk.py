"""A disk that answers with an error: at every single write and sync of one sale, once and from then on."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from appliance.eventstore import identity
from tests.faults.support import shop
from tests.faults.support.checker import check
from tests.faults.support.disk import build_shim
from tests.faults.support.scale import allowed, in_memory

pytestmark = [pytest.mark.faults, pytest.mark.promise, pytest.mark.timeout(allowed(300))]

REPOSITORY = Path(__file__).resolve().parents[2]
ONCE, FOR_EVER = 1, 0
KNOWN = {errno.EIO: {"acked", "outcome-unknown"}, errno.ENOSPC: {"acked", "outcome-unknown", "disk-full"}}


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed: the failing disk cannot be built")
    return build_shim(tmp_path_factory.mktemp("shim"))


def runs(shim: Path, error: int, times: int) -> list[dict[str, Any]]:
    """What became of the sale for each operation that failed."""
    with in_memory() as folder:
        environment = {**os.environ, "LD_PRELOAD": str(shim), "DISK_PREFIX": str(folder / "data")}
        command = [sys.executable, "-m", "tests.faults.support.failing_disk", str(folder), str(error), str(times)]
        child = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in child.stdout.splitlines()]


@pytest.mark.parametrize("times", [ONCE, FOR_EVER], ids=["once", "for ever"])
@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
def test_whichever_write_or_sync_of_a_sale_fails_the_till_is_told_the_truth(shim: Path, error: int, times: int) -> None:
    found = runs(shim, error, times)

    *failed, undisturbed = found
    print(f"{errno.errorcode[error]}: {len(failed)} operations, {dict(Counter(run['answer'] for run in failed))}")
    assert len(failed) > 20
    assert [run for run in found if run["violation"]] == []
    assert (undisturbed["fired"], undisturbed["answer"]) == (0, "acked")
    assert {run["answer"].split(",")[0] for run in failed} <= KNOWN[error]
    assert all(run["finally_there"] == 1 for run in found)  # asked again with its key, it is booked once
    assert all(run["after_restart"] == 0 for run in failed if run["answer"] == "disk-full")
    assert {run["verdict"] for run in found} == {""}  # a failed write costs no life of the log


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_whichever_sync_of_the_log_the_kernel_fails_nothing_acknowledged_is_lost(tmp_path: Path, error: str) -> None:
    """The same from outside the process: the kernel's answer is changed by strace, libc and SQLite see it as real."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: system calls cannot be made to fail")
    template, answers, injected = tmp_path / "template", Counter[str](), True
    with shop.opened(template) as stocked:
        stocked.sell("before")
    for nth in range(1, 20):
        data = tmp_path / f"data-{nth}"
        shutil.copytree(template, data)
        identity.write_down(data / "identity.json", data / "store.db", shop.MACHINE)
        answer, injected = traced(data, f"fdatasync:error={error}:when={nth}")
        book = check(data, ["before", *(["sale"] if answer == "acked" else [])], ["sale"])
        with shop.opened(data) as again:
            again.sell("sale")
        assert check(data, ["before", "sale"], []).length == (book.length if book.sales["sale"] else book.length + 1)
        if not injected:
            break
        answers[answer] += 1
    assert not injected  # every one has failed once
    assert answers["outcome-unknown"] >= 1
    print(f"{error} by strace: {dict(answers)}")


def traced(data: Path, inject: str) -> tuple[str, bool]:
    """Run one sale with an injected failure; the till's last word, and whether anything was injected."""
    trace = data.with_suffix(".strace")
    files = [option for name in ("store.db", "store.db-wal", "head") for option in ("-P", str(data / name))]
    command = ["strace", "-f", "-qq", "-o", str(trace), "-e", "trace=fdatasync", "-e", f"inject={inject}", *files]
    sale = [sys.executable, "-m", "tests.faults.support.one_sale", str(data)]
    child = subprocess.run([*command, *sale], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return (child.stdout.split() or ["silence"])[-1], "INJECTED" in trace.read_text()
