"""`backroom backup`: taken, listed, proven and restored from the command line."""

from pathlib import Path

import pytest

from tests.support.command_line import Backroom, backroom_in


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    """A store that knows a product."""
    backroom = backroom_in(tmp_path, capsys)
    backroom.ok("migrate")
    backroom.ok("products", "set", "tea", "--name", "Black tea", "--tax", "zero", "--price", "2.50")
    return backroom


def test_a_backup_is_taken_listed_proven_and_restored(backroom: Backroom) -> None:
    made = backroom.answer("backup", "create")
    listed = backroom.answer("backup", "list")["items"]
    folder = backroom.data / "backups" / made["name"]

    assert [each["name"] for each in listed] == [made["name"]]
    assert "whole" in backroom.ok("backup", "verify", made["name"]).out
    restored = backroom.on("restored")
    restored.ok("backup", "restore", folder)
    assert restored.answer("products", "show", "tea")["name"] == "Black tea"
    assert restored.answer("verify")["status"] == "clean"


def test_a_damaged_backup_fails_its_proof_with_what_is_wrong(backroom: Backroom) -> None:
    made = backroom.answer("backup", "create")
    (backroom.data / "backups" / made["name"] / "store.db").write_bytes(b"gone")

    said = backroom("backup", "verify", made["name"])

    assert said.code == 1
    assert "store.db" in said.err


def test_a_backup_that_is_not_there_is_said_in_one_line(backroom: Backroom) -> None:
    said = backroom("backup", "verify", "yesterday")

    assert said.code == 1
    assert "holds no backup" in said.err
    assert len(said.err.splitlines()) == 1


def test_a_restore_over_a_store_is_refused_with_the_next_step(backroom: Backroom) -> None:
    made = backroom.answer("backup", "create")

    said = backroom("backup", "restore", made["name"])

    assert said.code == 1
    assert "empty directory" in said.err
