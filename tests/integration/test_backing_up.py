"""Backups: taken while a store sells, proven, thinned out, and restored as a life of the log of their own."""

import json
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.backups import archive, checking, copying, restoring, rotation
from appliance.backups.archive import DATABASE, DRAFT, KEYS, MANIFEST, Backup, Manifest
from appliance.backups.copying import Source, Stop
from appliance.backups.rotation import Keeping
from appliance.errors import BackupFailed, BackupUnusable, DataDirectoryInUse, RestoreRefused, StoreFull
from appliance.eventstore.clock import rfc3339
from appliance.eventstore.store import EventStore, Paths
from tests.support.stores import NOW, appending, context, opened, received

AT = rfc3339(NOW)


def taken(store: EventStore, into: Path, at: str = AT) -> Backup:
    """A backup of an open store, taken as by the appliance in a thread of its own: its low priority ends with it."""
    made: list[Backup] = []
    source = Source(store.paths, "store-1", "0")
    thread = threading.Thread(target=lambda: made.append(copying.take(source, into, at, Stop(), lambda _: None)))
    thread.start()
    thread.join()
    return made[0]


@pytest.fixture
def backup(tmp_path: Path) -> Backup:
    """A backup of three deliveries and a sealed name."""
    with opened(tmp_path / "store") as store:
        store.vault.seal("ada", {"name": "Ada"})
        for _ in range(3):
            store.writer.call(appending())
        return taken(store, tmp_path / "backups")


def test_a_backup_holds_all_that_was_committed_when_it_was_taken(backup: Backup) -> None:
    assert (backup.manifest.position, backup.manifest.incarnation) == (3, 1)
    assert checking.problems(backup) == []
    assert backup.has_keys


def test_a_store_sells_while_it_is_copied(tmp_path: Path) -> None:
    with opened(tmp_path / "store") as store:
        store.writer.call(appending(*[received()] * 2_000))
        source = Source(store.paths, "store-1", "0")
        sold: list[int] = []
        copying.take(source, tmp_path / "b", AT, Stop(), lambda _: sold.append(store.writer.call(appending())))

        assert sold
        assert archive.found_in(tmp_path / "b")[0].manifest.position < store.writer.head.position


def test_a_stopped_backup_leaves_nothing_behind(tmp_path: Path) -> None:
    stop = Stop()
    stop.now()
    with opened(tmp_path / "store") as store:
        store.writer.call(appending(*[received()] * 4_000))
        with pytest.raises(BackupFailed, match="stopping"):
            copying.take(Source(store.paths, "s", "0"), tmp_path / "b", AT, stop, lambda _: None)

    assert list((tmp_path / "b").iterdir()) == []


def test_a_backup_that_does_not_fit_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
    with opened(tmp_path / "store") as store, pytest.raises(StoreFull, match="are free"):
        copying.take(Source(store.paths, "s", "0"), tmp_path / "b", AT, Stop(), lambda _: None)


@pytest.mark.parametrize("name", [DATABASE, KEYS])
def test_a_flipped_bit_is_found(backup: Backup, name: str) -> None:
    path = backup.folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    assert any(name in each for each in checking.problems(backup))


def test_a_log_that_was_changed_together_with_its_checksum_is_found_by_its_chain(backup: Backup) -> None:
    path = backup.folder / DATABASE
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("DROP TRIGGER events_never_change")
        db.execute("""UPDATE events SET record = replace(record, '"1"', '"9"') WHERE position = 2""")
    manifest = json.loads((backup.folder / MANIFEST).read_bytes())
    made = archive.fingerprint(path)
    manifest["files"][DATABASE] = {"bytes": made.bytes, "sha256": made.sha256}
    (backup.folder / MANIFEST).write_text(json.dumps(manifest))

    assert any("position 2" in each for each in checking.problems(archive.read(backup.folder)))


def test_a_log_that_ends_elsewhere_than_promised_is_found(backup: Backup) -> None:
    manifest = json.loads((backup.folder / MANIFEST).read_bytes()) | {"position": 4}
    (backup.folder / MANIFEST).write_text(json.dumps(manifest))

    assert any("manifest says" in each for each in checking.problems(archive.read(backup.folder)))


@pytest.mark.parametrize("content", ["", "{", '{"format": 1}', '{"format": 99}'])
def test_a_folder_without_a_readable_manifest_is_no_backup(tmp_path: Path, content: str) -> None:
    (tmp_path / MANIFEST).write_text(content)

    with pytest.raises(BackupUnusable):
        archive.read(tmp_path)
    assert archive.found_in(tmp_path.parent) == []


def test_a_restored_store_begins_a_new_incarnation_and_says_so(backup: Backup, tmp_path: Path) -> None:
    restoring.restore(backup, tmp_path / "new")

    with opened(tmp_path / "new") as store:
        assert store.verdict is not None
        assert store.verdict.cause == "restored"
        assert store.writer.head[:2] == (2, 4)
        assert store.writer.call(appending()) == 5
    with opened(tmp_path / "new") as again:
        assert again.verdict is None


def test_personal_data_can_be_read_after_a_restore(tmp_path: Path) -> None:
    with opened(tmp_path / "store") as store:
        sealed = store.vault.seal("ada", {"name": "Ada"})
        store.writer.call(appending())
        made = taken(store, tmp_path / "backups")
    restoring.restore(made, tmp_path / "new")

    with opened(tmp_path / "new") as store:
        assert store.vault.open(sealed) == {"name": "Ada"}


def test_a_restore_never_writes_over_a_store(backup: Backup, tmp_path: Path) -> None:
    with pytest.raises(RestoreRefused):
        restoring.restore(backup, tmp_path / "store")


def test_a_restore_never_goes_under_a_running_store(backup: Backup, tmp_path: Path) -> None:
    with opened(tmp_path / "store"), pytest.raises(DataDirectoryInUse):
        restoring.restore(backup, tmp_path / "store")


def test_a_damaged_backup_is_not_restored(backup: Backup, tmp_path: Path) -> None:
    (backup.folder / DATABASE).write_bytes(b"nothing")

    with pytest.raises(BackupUnusable):
        restoring.restore(backup, tmp_path / "new")
    assert not Paths(tmp_path / "new").database.exists()


def test_a_restore_that_broke_off_can_be_repeated(backup: Backup, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    (new / "head").write_bytes(b"half")
    (new / f"store{DRAFT}").write_bytes(b"half")
    restoring.restore(backup, new)

    with opened(new) as store:
        assert store.writer.head.position == 4


def at(days_ago: float) -> str:
    return rfc3339(NOW - timedelta(days=days_ago))


def backups_of_days(tmp_path: Path, *days_ago: float) -> Path:
    into = tmp_path / "backups"
    with opened(tmp_path / "store") as store:
        store.writer.call(lambda uow: uow.append("stock-tea", received(), context=context()))
        for days in days_ago:
            taken(store, into, at(days))
    return into


def test_the_oldest_go_when_there_are_more_than_are_kept(tmp_path: Path) -> None:
    into = backups_of_days(tmp_path, 3, 2, 1)
    gone = rotation.rotate(into, Keeping(newest=2), NOW)

    assert [each.manifest.created_at for each in archive.found_in(into)] == [at(1), at(2)]
    assert len(gone) == 1


def test_the_newest_stays_whatever_room_it_takes(tmp_path: Path) -> None:
    into = backups_of_days(tmp_path, 2, 1)
    rotation.rotate(into, Keeping(quota_bytes=1), NOW)

    assert [each.manifest.created_at for each in archive.found_in(into)] == [at(1)]


def test_the_keys_in_a_backup_expire_and_the_rest_is_still_whole(tmp_path: Path) -> None:
    into = backups_of_days(tmp_path, 31, 1)
    rotation.rotate(into, Keeping(keys_for=timedelta(days=30)), NOW)
    new, old = archive.found_in(into)

    assert (new.has_keys, old.has_keys) == (True, False)
    assert checking.problems(old) == []


def test_what_a_power_cut_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    into = backups_of_days(tmp_path, 1)
    (into / f"2026{DRAFT}").mkdir()
    rotation.rotate(into, Keeping(), datetime(2026, 11, 24, tzinfo=UTC))

    assert len(list(into.iterdir())) == 1


def test_a_backup_that_is_rotated_away_while_it_is_listed_takes_no_room(tmp_path: Path) -> None:
    gone = Backup(tmp_path / "20261124T120000Z-5", Manifest(1, "store-1", 1, 5, "00" * 32, rfc3339(NOW), "0.1.0", {}))

    assert gone.bytes == 0
