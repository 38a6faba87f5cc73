"""`backroom sandbox run`: providers, control and ledger, as somebody beside it uses them."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.sandboxes import CHARGE, beside

STOP_SECONDS = 40.0


def test_it_charges_once_a_key_and_the_ledger_survives_a_kill(tmp_path: Path) -> None:
    with beside(tmp_path, "--seed", "7") as sandbox:
        first = sandbox.charge("k1").json()
        assert sandbox.charge("k1").json() == first
        assert sandbox.charge("k1", {**CHARGE, "amount": 1}).json()["code"] == "key-reused"
        sandbox.process.send_signal(signal.SIGKILL)
        sandbox.process.wait(STOP_SECONDS)

    with beside(tmp_path, "--seed", "7") as sandbox:
        assert sandbox.charge("k1").json() == first
        ledger = sandbox.control("GET", "/ledger")
        assert ledger["verdict"]["captured"] == 1299
        assert [each["operation"] for each in ledger["payment"]] == ["charge"]
        sandbox.process.send_signal(signal.SIGTERM)
        assert sandbox.process.wait(STOP_SECONDS) == 0


def test_faults_and_outages_are_had_by_request(tmp_path: Path) -> None:
    with beside(tmp_path) as sandbox:
        assert sandbox.control("POST", "/control/faults", {"fault": "decline", "count": 1})["status"] == 201
        assert sandbox.charge("k1").status_code == 422
        assert sandbox.charge("k2").status_code == 200

        sandbox.control("PUT", "/control/providers/payment", {"up": False})
        with pytest.raises(httpx.ConnectError):
            sandbox.charge("k3")
        sandbox.control("PUT", "/control/providers/payment", {"up": True})
        assert sandbox.charge("k3").status_code == 200

        sandbox.control("POST", "/control/faults", {"fault": "error"})
        assert sandbox.charge("k4").status_code == 500
        assert sandbox.control("DELETE", "/control/faults")["rules"] == []
        assert sandbox.charge("k4").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/control/faults", {"fault": "explode"}, 400),
        ("POST", "/control/faults", ["decline"], 400),
        ("PUT", "/control/providers/bank", {"up": False}, 404),
        ("PUT", "/control/stock/tea", {}, 400),
        ("GET", "/nothing", None, 404),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_and_nothing_breaks(
    tmp_path: Path, method: str, path: str, body: Any, status: int
) -> None:
    with beside(tmp_path) as sandbox:
        assert sandbox.control(method, path, body)["status"] == status
        assert sandbox.charge("k1").status_code == 200


def test_the_same_seed_gives_the_same_ids(tmp_path: Path) -> None:
    ids = []
    for folder, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        (tmp_path / folder).mkdir()
        with beside(tmp_path / folder, "--seed", seed) as sandbox:
            ids.append(sandbox.charge("k1").json()["transaction_id"])

    assert ids[0] == ids[1] != ids[2]


def test_a_taken_port_is_said_in_one_line() -> None:
    command = [sys.executable, "-m", "appliance", "sandbox", "run", "--port", "64999"]
    with subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True) as first:
        try:
            assert first.stdout is not None
            assert first.stdout.readline()
            second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        finally:
            first.kill()

    assert second.returncode == 1
    assert second.stderr.startswith("error: A port is taken")
    assert len(second.stderr.splitlines()) == 1
