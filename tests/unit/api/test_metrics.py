"""What is measured is documented, and reading it costs nothing before somebody asks."""

import re

import pytest

from appliance.observability.metrics import WATCHED, Metrics
from tests.conftest import REPOSITORY

DOCUMENTED = REPOSITORY / "docs" / "reference" / "metrics.md"


def measured() -> set[str]:
    metrics = Metrics()
    metrics.watch(dict.fromkeys(WATCHED, lambda: 1.0))
    metrics.route("/sales", "POST").count(201, 0.01)
    metrics.query("sale", 0.01)
    metrics.step("pay", "did", 0.01)
    metrics.describe("0", "store-1", "live")
    return {line.split()[2] for line in metrics.text().decode().splitlines() if line.startswith("# TYPE")}


def test_every_measurement_is_documented_and_no_other() -> None:
    named = set(re.findall(r"^\| `(\w+)`", DOCUMENTED.read_text(encoding="utf-8"), re.MULTILINE))
    ours = {name for name in measured() if name.startswith("backroom_") and not name.endswith("_created")}

    assert named == ours


def test_the_process_is_measured_too() -> None:
    assert {"process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"} <= measured()


def test_what_is_not_documented_is_not_watched() -> None:
    with pytest.raises(ValueError, match="not documented"):
        Metrics().watch({"backroom_surprise": lambda: 1.0})


def test_two_stores_in_one_process_measure_apart() -> None:
    one, other = Metrics(), Metrics()

    one.route("/sales", "POST").count(201, 0.01)

    assert b'status="201"' in one.text()
    assert b'status="201"' not in other.text()


def test_a_watched_value_is_read_when_it_is_asked_for() -> None:
    metrics, queue = Metrics(), [1.0]
    metrics.watch({"backroom_writer_queue_commands": lambda: queue[0]})
    queue[0] = 7.0

    assert b"backroom_writer_queue_commands 7.0" in metrics.text()
