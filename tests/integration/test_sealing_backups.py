"""Backups sealed for somebody: nobody else reads a byte of them, and they restore as any other."""

from pathlib import Path

import pytest

from appliance.backups import archive, sealing
from appliance.backups.rotation import Keeping, rotate
from appliance.eventstore import escrow
from appliance.eventstore.clock import system_clock
from appliance.eventstore.escrow import EscrowUnusable
from appliance.eventstore.sealed_files import CHUNK_BYTES, new_key, seal, unseal
from tests.support.command_line import Backroom, backroom_in


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    """A store that knows a customer, and whose backups are for the owner of keys.pem."""
    backroom = backroom_in(tmp_path, capsys)
    escrow.make_pair(tmp_path / "keys.pem", tmp_path / "keys.pub")
    with backroom.config.open("a") as config:
        config.write(f'\n[backup]\nrecipient = "{tmp_path / "keys.pub"}"\ndirectory = "{tmp_path / "backups"}"\n')
    backroom.ok("migrate")
    backroom.ok("products", "set", "tea", "--name", "Assam Broken Orange Pekoe", "--tax", "zero", "--price", "2.50")
    backroom.ok("customers", "add", "--name", "Ann Lee", "--email", "ann@example.com")
    return backroom


def test_it_is_made_proven_and_restored_with_the_private_key_only(backroom: Backroom, tmp_path: Path) -> None:
    made = backroom.answer("backup", "create")
    folder, identity = tmp_path / "backups" / made["name"], tmp_path / "keys.pem"

    assert made["sealed"]
    assert sorted(each.name for each in folder.iterdir()) == ["keys.db.sealed", "manifest.json", "store.db.sealed"]
    for each in folder.iterdir():
        assert b"Orange Pekoe" not in each.read_bytes()
        assert b"SQLite format" not in each.read_bytes()
    assert not (backroom.data / "backup-in-the-clear" / made["name"]).exists()
    assert "checksums hold" in backroom.ok("backup", "verify", made["name"]).out
    assert "every hash holds" in backroom.ok("backup", "verify", made["name"], "--identity", identity).out

    restored = backroom.on("restored")
    refused = restored("backup", "restore", folder)
    assert (refused.code, "--identity" in refused.err) == (1, True)
    restored.ok("backup", "restore", folder, "--identity", identity)
    assert not (restored.data / sealing.OPENED).exists()
    assert restored.answer("products", "show", "tea")["name"] == "Assam Broken Orange Pekoe"
    assert restored.answer("customers", "list", "--query", "ann")["items"][0]["name"] == "Ann Lee"
    assert restored.answer("verify")["status"] == "clean"


def test_another_s_key_and_a_changed_file_are_refused(backroom: Backroom, tmp_path: Path) -> None:
    made = backroom.answer("backup", "create")
    escrow.make_pair(tmp_path / "other.pem", tmp_path / "other.pub")
    stranger = backroom("backup", "verify", made["name"], "--identity", tmp_path / "other.pem")
    assert (stranger.code, "cannot be opened" in stranger.err) == (1, True)

    path = tmp_path / "backups" / made["name"] / "store.db.sealed"
    path.write_bytes(path.read_bytes()[:-1])
    changed = backroom("backup", "verify", made["name"])
    assert (changed.code, "store.db.sealed" in changed.err) == (1, True)


def test_the_keys_in_a_sealed_backup_expire_and_the_rest_still_restores(backroom: Backroom, tmp_path: Path) -> None:
    made = backroom.answer("backup", "create")
    into = tmp_path / "backups"
    kept = Keeping(keys_for=Keeping().keys_for * 0)
    rotate(into, kept, system_clock())

    (backup,) = archive.found_in(into)
    assert not backup.has_keys
    restored = backroom.on("restored")
    restored.ok("backup", "restore", into / made["name"], "--identity", tmp_path / "keys.pem")
    assert restored.answer("products", "show", "tea")["name"] == "Assam Broken Orange Pekoe"


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1])
def test_a_sealed_file_opens_whole_or_not_at_all(tmp_path: Path, size: int) -> None:
    plain, sealed, key = tmp_path / "a" / "file", tmp_path / "file.sealed", new_key()
    plain.parent.mkdir()
    plain.write_bytes(bytes(size))
    seal(plain, sealed, key)
    unseal(sealed, tmp_path / "file", key)
    assert (tmp_path / "file").read_bytes() == bytes(size)

    whole = sealed.read_bytes()
    first, rest = whole[: CHUNK_BYTES + 16], whole[CHUNK_BYTES + 16 :]
    for spoilt in (whole + b"\0" * 16, rest + first if rest else whole[:-1], first if rest else b"\0" + whole[1:]):
        sealed.write_bytes(spoilt)
        with pytest.raises(EscrowUnusable):
            unseal(sealed, tmp_path / "file", key)
    sealed.write_bytes(whole)
    with pytest.raises(EscrowUnusable):
        unseal(sealed, tmp_path / "other-name", key)
