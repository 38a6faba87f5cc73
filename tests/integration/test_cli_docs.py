"""Every command that the pages tell a newcomer to type is typed here, in order, in a shell."""

import lzma
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import COLUMNS, Backroom, backroom_in
from tests.support.running import running

REPOSITORY = Path(__file__).resolve().parents[2]
INVOICE = "536365,85123A,HOLDER,6,2010-12-01T08:26:00,2.55,17850,United Kingdom"


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    backroom = backroom_in(tmp_path, capsys)
    backroom.config.write_text("")  # a newcomer has none
    return backroom


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (REPOSITORY / page).read_text(), re.MULTILINE | re.DOTALL)


def typed(script: str, folder: Path, data: Path, timeout_s: float = 50) -> str:
    """Run a script as a newcomer's shell would; it stops at the first command that fails."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "BACKROOM__DATA_DIR": str(data),
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail"],
        input=script,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )
    assert done.returncode == 0, f"{done.stderr}\n{done.stdout}"
    return done.stdout


def test_the_readme_leads_to_a_first_sale(backroom: Backroom, tmp_path: Path) -> None:
    sell, look = blocks("README.md", "sh")[:2]
    with running(backroom, "--first-start-catalogue") as store:
        sell = sell.replace("paste-the-token-here", store.ready["token"])
        sell = sell.replace("http://127.0.0.1:8080", store.ready["url"])
        look = look.replace(". .venv/bin/activate\n", "").replace("export BACKROOM__DATA_DIR=.backroom\n", "")

        receipt = typed(sell, tmp_path, backroom.data)
        assert '"total":1298' in receipt
        assert '"change":702' in receipt
        assert typed(sell, tmp_path, backroom.data) == receipt
        said = typed(look, tmp_path, backroom.data)

    assert "till-1-1-1" in said
    assert "46" in said
    assert "sale.completed" in said
    assert "clean" in said


def test_the_readme_imports_the_months(tmp_path: Path) -> None:
    months = tmp_path / "online-retail"
    months.mkdir()
    (months / "2010-12.csv.xz").write_bytes(lzma.compress(f"{COLUMNS}\n{INVOICE}\n".encode()))

    said = typed(blocks("README.md", "sh")[2], tmp_path, tmp_path / "unused")

    assert "15.30" in said
    assert "clean" in said
    assert (tmp_path / "retail" / "store.db").exists()


def test_the_tutorial_can_be_followed_to_its_end(backroom: Backroom, tmp_path: Path) -> None:
    with running(backroom, "--first-start-catalogue"):
        said = typed("\n".join(blocks("docs/tutorial.md", "sh")), tmp_path, backroom.data)

    assert "till-2-1-1" in said
    assert "clean" in said


def test_the_ways_to_let_tills_in_work(backroom: Backroom, tmp_path: Path) -> None:
    backroom.ok("migrate")

    assert "bkr_" in typed("\n".join(blocks("docs/how-to/run.md", "sh")), tmp_path, backroom.data)


@pytest.fixture
def verifier(tmp_path: Path) -> Path:
    path = tmp_path / "verifier.py"
    path.write_text(blocks("docs/reference/records.md", "python")[0])
    return path


def verified(verifier: Path, data: Path) -> str:
    command = [sys.executable, str(verifier), str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout or done.stderr


def test_the_documented_verifier_agrees_with_ours(backroom: Backroom, verifier: Path) -> None:
    backroom.ok("migrate")
    for number in range(5):
        backroom.ok("registers", "add", f"till-{number}")

    assert verified(verifier, backroom.data) == "clean: 5 events, 5 streams, incarnation 1\n"


def test_the_documented_verifier_finds_a_changed_byte_and_a_lost_tail(backroom: Backroom, verifier: Path) -> None:
    backroom.ok("migrate")
    backroom.ok("registers", "add", "till-1")
    (backroom.data / "copy.db").write_bytes((backroom.data / "store.db").read_bytes())
    backroom.ok("registers", "add", "till-2")

    database = backroom.data / "store.db"
    whole = database.read_bytes()
    database.write_bytes((backroom.data / "copy.db").read_bytes())
    lost = verified(verifier, backroom.data)
    database.write_bytes(whole.replace(b'"name":"till-1"', b'"name":"till-9"'))

    assert lost == "position 2 was acknowledged and is not in the log\n"
    assert verified(verifier, backroom.data) == "bad at position 1\n"
