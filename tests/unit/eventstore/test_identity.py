import os
import shutil
from pathlib import Path

import pytest

from appliance.eventstore import identity
from appliance.eventstore.identity import Identity, machine_id, observe, recorded, write_down


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    path.write_bytes(b"a database")
    return path


def test_what_is_written_down_is_what_is_seen_afterwards(database: Path, tmp_path: Path) -> None:
    write_down(tmp_path / "identity.json", database, "machine-a")

    assert recorded(tmp_path / "identity.json") == observe(database, "machine-a")


def test_a_copy_is_another_file(database: Path, tmp_path: Path) -> None:
    write_down(tmp_path / "identity.json", database, "machine-a")
    shutil.copy2(database, tmp_path / "copy.db")

    assert recorded(tmp_path / "identity.json") != observe(tmp_path / "copy.db", "machine-a")


def test_a_file_put_into_the_place_of_the_old_one_is_another_file(database: Path, tmp_path: Path) -> None:
    write_down(tmp_path / "identity.json", database, "machine-a")
    (tmp_path / "restored.db").write_bytes(database.read_bytes())
    (tmp_path / "restored.db").replace(database)

    assert recorded(tmp_path / "identity.json") != observe(database, "machine-a")


def test_moving_the_directory_within_its_disk_changes_nothing(database: Path, tmp_path: Path) -> None:
    write_down(tmp_path / "identity.json", database, "machine-a")
    (tmp_path / "elsewhere").mkdir()

    moved = database.rename(tmp_path / "elsewhere" / "store.db")

    assert recorded(tmp_path / "identity.json") == observe(moved, "machine-a")


def test_where_the_file_system_keeps_no_attributes_the_inode_must_do(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "setxattr", refused)

    write_down(tmp_path / "identity.json", database, "machine-a")

    assert recorded(tmp_path / "identity.json") == Identity("machine-a", database.stat().st_ino, "")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"machine": 1}', '{"machine": "a"}'])
def test_what_cannot_be_read_is_as_good_as_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "identity.json").write_text(text)

    assert recorded(tmp_path / "identity.json") is None


def test_a_configured_machine_id_goes_before_the_system_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "machine-id").write_text("0123456789abcdef\n")
    monkeypatch.setattr(identity, "_MACHINE_ID", tmp_path / "machine-id")

    assert machine_id("box-7") == "box-7"
    assert machine_id(None) == "0123456789abcdef"


def test_a_machine_without_an_id_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_MACHINE_ID", tmp_path / "machine-id")

    assert machine_id(None) == "unknown"
