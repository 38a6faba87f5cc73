"""Copies of keys at head office: there for its owner only, and gone there when they are gone here."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.api.services import Services
from appliance.application.commands import EraseCustomer, RegisterCustomer
from appliance.bootstrap import opened
from appliance.config import ScrubSettings, SyncSettings, load
from appliance.domain.events import Sealed
from appliance.errors import SettingsInvalid
from appliance.eventstore import escrow
from appliance.eventstore.escrow import EscrowUnusable
from appliance.eventstore.vault import Vault
from appliance.sync import subjects
from tests.support.commanding import Headquarters, do, down, headquarters
from tests.support.head_office import HeadOffice, head_office
from tests.support.older import DEBIAN_13, older
from tests.support.polling import settled
from tests.support.syncing import MACHINE, STORE, until, upstream


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        escrow.make_pair(tmp_path / "keys.pem", tmp_path / "keys.pub")
        yield found


@pytest.fixture
async def hq(office: HeadOffice) -> AsyncIterator[Headquarters]:
    async with headquarters(office) as found:
        yield found


def store_of(office: HeadOffice, folder: Path, **sync: Any) -> Any:
    """The store, with copies of its keys for head office."""
    given: dict[str, Any] = {"url": office.natsd.url, "credentials": office.folder.seed(STORE)}
    settings = load(
        data_dir=folder / "data",
        machine_id=MACHINE,
        scrub=ScrubSettings(enabled=False),
        sync=SyncSettings(**given | {"keys_for": folder / "keys.pub"} | sync),
    )
    return opened(settings)


async def register(services: Services, customer: str) -> Sealed:
    """A customer with a name."""
    sealed = services.vault.seal(customer, {"name": f"Name of {customer}"})
    await do(services, RegisterCustomer(customer_id=customer, personal=sealed))
    return sealed


async def erase(services: Services, customer: str) -> None:
    """As the API does it: the fact, then the key."""
    await do(services, EraseCustomer(customer_id=customer))
    services.vault.destroy((customer,))


async def copy_of(hq: Headquarters, customer: str) -> bytes | None:
    return await hq.get(subjects.KEYS_BUCKET, f"{STORE}.{customer}")


async def gone(hq: Headquarters, customer: str) -> None:
    async def now() -> bool:
        return await copy_of(hq, customer) is None

    await settled(now)


async def there(hq: Headquarters, customer: str) -> bytes:
    async def now() -> bool:
        return await copy_of(hq, customer) is not None

    await settled(now)
    found = await copy_of(hq, customer)
    assert found is not None
    return found


async def test_a_replacement_box_reads_with_the_keys_that_head_office_unwraps(
    office: HeadOffice, hq: Headquarters, tmp_path: Path
) -> None:
    async with store_of(office, tmp_path) as services:
        sealed = await register(services, "ann")
        body = await there(hq, "ann")

    key_id, key = escrow.read_private(tmp_path / "keys.pem").unwrap(STORE, "ann", body)
    replacement = Vault(tmp_path / "replacement.db")
    assert replacement.open(sealed) is None
    assert replacement.adopt("ann", key_id, key)
    assert replacement.open(sealed) == {"name": "Name of ann"}
    assert not replacement.adopt("ann", "other", bytes(32))
    replacement.close()


async def test_an_erased_customer_s_copy_is_deleted(office: HeadOffice, hq: Headquarters, tmp_path: Path) -> None:
    async with store_of(office, tmp_path) as services:
        for customer in ("ann", "bob"):
            await register(services, customer)
            await there(hq, customer)
        await erase(services, "ann")
        await gone(hq, "ann")

        assert await copy_of(hq, "bob") is not None
        await until(lambda: down(services).keys.deleted >= 1)
        told = (await upstream(services).status())["down"]["keys"]
        assert told["enabled"]
        assert told["sent"] >= 2  # what a look finds on its way is sent again


async def test_a_deletion_that_could_not_be_sent_is_made_up_for_after_a_restart(
    office: HeadOffice, tmp_path: Path
) -> None:
    async with headquarters(office) as hq, store_of(office, tmp_path) as services:
        await register(services, "ann")
        await there(hq, "ann")
    office.natsd.stop()
    async with store_of(office, tmp_path) as services:
        await erase(services, "ann")
    office.natsd.start()

    async with headquarters(office) as hq, store_of(office, tmp_path):
        await gone(hq, "ann")


async def test_a_copy_that_came_back_from_a_backup_of_head_office_is_deleted_again(
    office: HeadOffice, hq: Headquarters, tmp_path: Path
) -> None:
    async with store_of(office, tmp_path) as services:
        await register(services, "ann")
        body = await there(hq, "ann")
        await erase(services, "ann")
        await gone(hq, "ann")
    await hq.put(subjects.KEYS_BUCKET, f"{STORE}.ann", body)

    async with store_of(office, tmp_path):
        await gone(hq, "ann")


async def test_a_copy_that_head_office_lost_is_sent_again(office: HeadOffice, hq: Headquarters, tmp_path: Path) -> None:
    async with store_of(office, tmp_path) as services:
        await register(services, "ann")
        await there(hq, "ann")
        await hq.delete(subjects.KEYS_BUCKET, f"{STORE}.ann")
        await gone(hq, "ann")
        down(services).keys_bucket.read_again()
        await hq.put(subjects.KEYS_BUCKET, f"{STORE}.nudge", b"{}")

        await there(hq, "ann")


async def test_a_copy_that_an_older_head_office_forgot_is_sent_again(
    office: HeadOffice, hq: Headquarters, tmp_path: Path
) -> None:
    with older(office.natsd, DEBIAN_13) as url:
        async with store_of(office, tmp_path, url=url) as services:
            await register(services, "ann")
            await register(services, "bob")
            await there(hq, "ann")
            await there(hq, "bob")
            await erase(services, "bob")
            await gone(hq, "bob")
        await hq.js.ask(f"STREAM.PURGE.{subjects.bucket_stream(subjects.KEYS_BUCKET)}")

        async with store_of(office, tmp_path, url=url) as services:
            await there(hq, "ann")
            assert await down(services).keys.names() == [f"{STORE}.{each}" for each in ("ann", "bob")]
    assert await copy_of(hq, "bob") is None


async def test_a_box_without_keys_deletes_none(office: HeadOffice, hq: Headquarters, tmp_path: Path) -> None:
    async with store_of(office, tmp_path) as services:
        await register(services, "ann")
        await there(hq, "ann")
    (tmp_path / "data" / "keys.db").unlink()

    async with store_of(office, tmp_path) as services:
        await until(lambda: down(services).ages.seconds(subjects.KEYS_BUCKET) is not None)
        assert await copy_of(hq, "ann") is not None


async def test_without_a_public_key_nothing_is_sent(office: HeadOffice, hq: Headquarters, tmp_path: Path) -> None:
    async with store_of(office, tmp_path, keys_for=None) as services:
        await register(services, "ann")
        await until(lambda: down(services).ages.seconds(subjects.KEYS_BUCKET) is not None)
        assert await copy_of(hq, "ann") is None


async def test_a_file_that_is_no_public_key_is_said_at_the_start(office: HeadOffice, tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("nonsense")

    with pytest.raises((EscrowUnusable, SettingsInvalid), match="no public key"):
        async with store_of(office, tmp_path, keys_for=tmp_path / "broken"):
            pass


@pytest.mark.parametrize("spoil", ["store", "subject", "body", "owner"])
def test_a_wrapped_key_opens_for_its_owner_and_subject_only(tmp_path: Path, spoil: str) -> None:
    for name in ("a", "b"):
        escrow.make_pair(tmp_path / f"{name}.pem", tmp_path / f"{name}.pub")
    body = escrow.read_public(tmp_path / "a.pub").wrap(STORE, "ann", "k-1", bytes(range(32)))
    owner = escrow.read_private(tmp_path / "a.pem")
    assert owner.unwrap(STORE, "ann", body) == ("k-1", bytes(range(32)))

    other = escrow.read_private(tmp_path / "b.pem")
    arguments: dict[str, tuple[escrow.Owner, str, str, bytes]] = {
        "store": (owner, "store-2", "ann", body),
        "subject": (owner, STORE, "bob", body),
        "body": (owner, STORE, "ann", body.replace(b'"k-1"', b'"k-2"')),
        "owner": (other, STORE, "ann", body),
    }
    who, store, subject, wrapped = arguments[spoil]
    with pytest.raises(EscrowUnusable):
        who.unwrap(store, subject, wrapped)


def test_a_private_key_is_never_replaced_and_is_its_owner_s_only(tmp_path: Path) -> None:
    escrow.make_pair(tmp_path / "keys.pem", tmp_path / "keys.pub")

    assert (tmp_path / "keys.pem").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        escrow.make_pair(tmp_path / "keys.pem", tmp_path / "keys.pub")
