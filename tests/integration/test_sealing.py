"""Personal data: readable while its key exists, gone for ever once it is destroyed, the chain valid throughout."""

import base64
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.domain import events as e
from appliance.errors import StoreFull
from appliance.eventstore.vault import Vault
from tests.support.stores import appending, assert_whole, opened

PERSON = {"name": "Ada Löwe", "email": "ada@example.org"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.db"


@pytest.fixture
def vault(path: Path) -> Iterator[Vault]:
    found = Vault(path)
    yield found
    found.close()


def keys_of(path: Path) -> dict[str, bytes]:
    db = sqlite3.connect(path)
    try:
        return dict(db.execute("SELECT subject, key FROM subject_keys"))
    finally:
        db.close()


def bytes_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())


def test_what_was_sealed_is_opened_again(vault: Vault) -> None:
    sealed = vault.seal("c-1", PERSON)

    assert vault.open(sealed) == PERSON
    assert sealed.subject == "c-1"


def test_it_is_opened_after_a_restart_too(vault: Vault, path: Path) -> None:
    sealed = vault.seal("c-1", PERSON)
    vault.close()

    again = Vault(path)

    assert again.open(sealed) == PERSON
    again.close()


def test_nothing_readable_is_in_what_was_sealed(vault: Vault, tmp_path: Path) -> None:
    sealed = vault.seal("c-1", PERSON)

    assert b"Ada" not in base64.b64decode(sealed.ciphertext)
    assert b"Ada" not in bytes_on_disk(tmp_path)


def test_sealing_the_same_twice_gives_another_ciphertext_under_the_same_key(vault: Vault) -> None:
    first, second = vault.seal("c-1", PERSON), vault.seal("c-1", PERSON)

    assert first.key_id == second.key_id
    assert first.nonce != second.nonce
    assert first.ciphertext != second.ciphertext


def test_a_key_is_on_the_disk_before_anything_sealed_with_it_is_handed_out(vault: Vault, path: Path) -> None:
    vault.seal("c-1", PERSON)

    assert list(keys_of(path)) == ["c-1"]  # as another connection, after a crash, would find it


def test_the_key_file_is_for_its_owner_only(vault: Vault, path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600


def test_destroying_a_key_makes_its_data_unreadable_and_leaves_no_byte_of_it(
    vault: Vault, path: Path, tmp_path: Path
) -> None:
    kept, gone = vault.seal("c-1", PERSON), vault.seal("c-2", PERSON)
    key = keys_of(path)["c-2"]
    assert key in bytes_on_disk(tmp_path)

    assert vault.destroy(["c-2"]) == 1

    assert vault.open(gone) is None
    assert vault.open(kept) == PERSON
    assert key not in bytes_on_disk(tmp_path)
    assert gone.key_id.encode() not in bytes_on_disk(tmp_path)


def test_destroying_many_keys_among_many_leaves_no_byte_of_any(vault: Vault, path: Path, tmp_path: Path) -> None:
    for number in range(200):
        vault.seal(f"c-{number}", PERSON)
    keys = keys_of(path)

    vault.destroy([f"c-{number}" for number in range(0, 200, 2)])

    disk = bytes_on_disk(tmp_path)
    assert [subject for subject, key in keys.items() if key in disk] == sorted(keys_of(path))


def test_destroying_twice_is_harmless(vault: Vault) -> None:
    vault.seal("c-1", PERSON)

    assert vault.destroy(["c-1", "nobody"]) == 1
    assert vault.destroy(["c-1", "nobody"]) == 0


def test_a_key_made_later_for_the_same_subject_opens_nothing_old(vault: Vault) -> None:
    old = vault.seal("c-1", PERSON)
    vault.destroy(["c-1"])

    new = vault.seal("c-1", {"name": "Someone else"})

    assert vault.open(old) is None
    assert vault.open(new) == {"name": "Someone else"}


def test_a_ciphertext_cannot_be_moved_to_another_subject(vault: Vault) -> None:
    mine, other = vault.seal("c-1", PERSON), vault.seal("c-2", {"name": "Bo"})

    assert vault.open(replace(mine, subject="c-2")) is None
    assert vault.open(replace(mine, subject="c-2", key_id=other.key_id)) is None
    assert vault.open(replace(mine, ciphertext=other.ciphertext, nonce=other.nonce)) is None


@pytest.mark.parametrize("field", ["nonce", "ciphertext"])
def test_a_changed_bit_opens_nothing(vault: Vault, field: str) -> None:
    sealed = vault.seal("c-1", PERSON)
    raw = bytearray(base64.b64decode(getattr(sealed, field)))
    raw[-1] ^= 1

    assert vault.open(replace(sealed, **{field: base64.b64encode(raw).decode()})) is None


def test_many_threads_make_one_key_for_a_subject(vault: Vault) -> None:
    sealed: list[e.Sealed] = []
    threads = [threading.Thread(target=lambda: sealed.append(vault.seal("c-1", PERSON))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({each.key_id for each in sealed}) == 1
    assert all(vault.open(each) == PERSON for each in sealed)


def test_a_secret_is_made_once_and_kept(vault: Vault, path: Path) -> None:
    secret = vault.secret("fingerprints")
    vault.close()
    again = Vault(path)

    assert len(secret) == 32
    assert again.secret("fingerprints") == secret
    assert again.secret("another") != secret
    again.close()


def test_a_full_disk_refuses_a_key_and_seals_nothing(vault: Vault, path: Path) -> None:
    vault.seal("c-1", PERSON)
    vault._db.execute(f"PRAGMA max_page_count = {vault._db.execute('PRAGMA page_count').fetchone()[0]}")

    with pytest.raises(StoreFull):
        _seal_many(vault)

    vault._db.execute("PRAGMA max_page_count = 1000000")
    assert vault.open(vault.seal("c-3", PERSON)) == PERSON


def _seal_many(vault: Vault) -> None:
    for number in range(1_000):
        vault.seal(f"full-{number}", PERSON)


def test_the_destruction_is_done_again_at_every_start(tmp_path: Path) -> None:
    """A crash between the commit of `customer.erased` and the destruction, or an older keys.db put back."""
    with opened(tmp_path) as store:
        personal = store.vault.seal("c-1", PERSON)
        registered = e.CustomerRegistered(customer_id="c-1", personal=personal)
        store.writer.call(appending(registered, e.CustomerErased(customer_id="c-1"), stream="customer-c-1"))
        assert store.vault.open(personal) == PERSON
    key = keys_of(tmp_path / "keys.db")["c-1"]

    with opened(tmp_path) as store:
        assert store.vault.open(personal) is None

    assert key not in bytes_on_disk(tmp_path)
    assert assert_whole(tmp_path) == 2
