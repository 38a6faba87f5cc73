"""The systemd units: hardened, and made of directives that systemd knows."""

import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parents[2] / "systemd"
SERVICES = ("backroom.service", "backroom-backup.service", "backroom-failure@.service")
WORST_EXPOSURE = 15  # tenths: 1.5 of 10


@pytest.fixture
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("needs systemd-analyze (Debian: apt install systemd)")
    return found


@pytest.mark.parametrize("unit", SERVICES)
def test_a_service_is_exposed_to_little(analyze: str, unit: str) -> None:
    command = [analyze, "security", "--offline=true", f"--threshold={WORST_EXPOSURE}", "--no-pager", str(UNITS / unit)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)

    assert said.returncode == 0, said.stdout[-500:] + said.stderr


@pytest.mark.parametrize("unit", [*SERVICES, "backroom-backup.timer"])
def test_systemd_knows_every_directive(analyze: str, unit: str) -> None:
    said = subprocess.run(
        [analyze, "verify", "--man=no", str(UNITS / unit)], capture_output=True, text=True, check=False
    )

    # What is started is not installed here; anything else that is said is a mistake of ours.
    complaints = [line for line in said.stderr.splitlines() if unit in line and "is not executable" not in line]
    assert complaints == []


@pytest.mark.parametrize("unit", ["backroom.service", "backroom-backup.service"])
def test_what_fails_is_told_to_somebody(unit: str) -> None:
    assert "OnFailure=backroom-failure@%n.service" in (UNITS / unit).read_text()


def test_the_store_is_watched_and_copied_every_night() -> None:
    store = (UNITS / "backroom.service").read_text()

    assert "Type=notify" in store
    assert "WatchdogSec=" in store
    assert "OnCalendar=*-*-* 03:00:00" in (UNITS / "backroom-backup.timer").read_text()
