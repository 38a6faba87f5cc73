"""Head office fails in every way a server can; afterwards its stream is the log, and selling went on."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.hq.connection import connected
from appliance.hq.provision import Provisioner
from appliance.hq.resources import Life, Options
from appliance.sync import publisher
from appliance.sync.claim import Claim
from appliance.sync.connection import Address
from appliance.sync.publisher import Local
from appliance.sync.sender import Sender
from appliance.sync.upstream import Upstream
from tests.faults.support.scale import allowed, dice, scaled
from tests.support.head_office import HeadOffice, head_office
from tests.support.syncing import (
    MACHINE,
    STORE,
    assert_equal,
    at,
    drained,
    findings_of,
    publishing,
    sell,
    selling_on,
    trouble_of,
    until,
    upstream,
)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(allowed(300))]

KILLS = 10
STREAM = f"STORE_{STORE}_1"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[HeadOffice]:
    """A head office with room for little."""
    with head_office(tmp_path / "hq", STORE, max_file="1M") as found:
        yield found


async def ask(office: HeadOffice, call: str, **body: Any) -> dict[str, Any]:
    async with connected(office.server) as jetstream:
        return await jetstream.ask(call, body)


async def changed(office: HeadOffice, **config: Any) -> None:
    """Change the stream's configuration behind everybody's back."""
    now = (await ask(office, f"STREAM.INFO.{STREAM}"))["config"]
    await ask(office, f"STREAM.UPDATE.{STREAM}", **{**now, **config})


@pytest.mark.promise
async def test_the_server_killed_again_and_again(office: HeadOffice, tmp_path: Path) -> None:
    draws = dice("server")

    async def killing() -> None:
        for _ in range(scaled(KILLS)):
            await asyncio.sleep(draws.uniform(0.05, 0.4))  # when the fault strikes
            await asyncio.to_thread(office.natsd.kill)
            await asyncio.sleep(draws.choice((0.0, 0.2)))
            await asyncio.to_thread(office.natsd.start)

    async with at(office, tmp_path / "data") as services:
        sold = await selling_on(services, killing)
        await drained(services)

    assert sold > 0
    assert await assert_equal(office.server, tmp_path / "data") == sold
    assert "hq-stream-hollow" not in findings_of(tmp_path / "data")


@pytest.mark.promise
async def test_a_backlog_drains_through_kills_of_the_server(office: HeadOffice, tmp_path: Path) -> None:
    async with publishing(tmp_path / "data", office.natsd.url, enabled=False) as services:
        await sell(services, 12_000)

    async with at(office, tmp_path / "data") as services:
        for share in (0.2, 0.5, 0.8):
            await until(lambda share=share: upstream(services).state.acknowledged > share * 12_000)  # type: ignore[misc]
            await asyncio.to_thread(office.natsd.kill)
            await asyncio.to_thread(office.natsd.start)
        await drained(services)

    assert await assert_equal(office.server, tmp_path / "data") == 12_000


@pytest.mark.promise
async def test_the_stream_deleted_and_made_anew_is_filled_again(office: HeadOffice, tmp_path: Path) -> None:
    async with at(office, tmp_path / "data") as services:
        await sell(services, 400)
        await drained(services)
        async with connected(office.server) as jetstream:
            at_work = Provisioner(jetstream, Options(server=jetstream.version), fix=True)
            await at_work.recreate(Life(STORE))
            await sell(services, 10)
            await until(lambda: "no stream" in trouble_of(services))
            await at_work.stores([Life(STORE)])
        await drained(services)

    assert await assert_equal(office.server, tmp_path / "data") == 410
    assert "hq-lost-tail" in findings_of(tmp_path / "data")


async def test_an_idle_store_notices_that_its_stream_was_made_anew(
    office: HeadOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "IDLE_LOOK_SECONDS", 0.2)
    async with at(office, tmp_path / "data") as services:
        await sell(services, 50)
        await drained(services)
        async with connected(office.server) as jetstream:
            at_work = Provisioner(jetstream, Options(server=jetstream.version), fix=True)
            await at_work.recreate(Life(STORE))
            await at_work.stores([Life(STORE)])
        await until(lambda: "hq-lost-tail" in findings_of(tmp_path / "data"))
        await drained(services)

    assert await assert_equal(office.server, tmp_path / "data") == 50


async def test_a_stream_hollowed_out_with_force_raises_an_alarm_and_takes_what_comes(
    office: HeadOffice, tmp_path: Path
) -> None:
    async with at(office, tmp_path / "data") as services:
        await sell(services, 300)
        await drained(services)
    await changed(office, max_msgs=100)
    await changed(office, max_msgs=-1)

    async with at(office, tmp_path / "data") as services:
        await sell(services, 50)
        await drained(services)
        compared = await upstream(services).compare()
        assert "holds 150 of 350 events, the first of them 201" in compared.problems[0]
        assert "hq-stream-hollow" in findings_of(tmp_path / "data")
        async with connected(office.server) as jetstream:
            at_work = Provisioner(jetstream, Options(server=jetstream.version), fix=True)
            await at_work.recreate(Life(STORE))
            await at_work.stores([Life(STORE)])
        await sell(services, 1)
        await drained(services)

    assert await assert_equal(office.server, tmp_path / "data") == 351


async def without_batches(office: HeadOffice) -> None:
    """Make the store's stream as on a server that has none."""
    async with connected(office.server) as jetstream:
        at_work = Provisioner(jetstream, Options(server=(2, 11, 0)), fix=True)
        await at_work.recreate(Life(STORE))
        await at_work.stores([Life(STORE)])


@pytest.mark.parametrize("batches", [True, False], ids=["batches", "pipeline"])
async def test_a_full_disk_at_head_office_is_said_and_waited_for(
    small: HeadOffice, tmp_path: Path, batches: bool
) -> None:
    if not batches:
        await without_batches(small)
    async with at(small, tmp_path / "data") as services:
        sold = await selling_on(services, lambda: until(lambda: "no room" in trouble_of(services)), pause_s=0)
        await sell(services, 4000)
        await until(lambda: "no room" in trouble_of(services))
        small.natsd.stop()
        small.natsd.max_file = "4G"
        small.natsd.start()
        await drained(services)

    assert await assert_equal(small.server, tmp_path / "data") == 4000 + sold


async def test_revoked_credentials_are_said_and_new_ones_taken_up(office: HeadOffice, tmp_path: Path) -> None:
    async with at(office, tmp_path / "data") as services:
        await sell(services, 10)
        await drained(services)
        known = office.folder.stores.pop(STORE)
        office.folder.save()
        office.natsd.reload()
        await until(lambda: "does not let this store in" in trouble_of(services))
        await sell(services, 10)
        office.folder.stores[STORE] = known
        office.folder.save()
        office.natsd.reload()
        await drained(services)

    assert await assert_equal(office.server, tmp_path / "data") == 20


async def test_permissions_that_are_too_narrow_show_as_such(tmp_path: Path, office: HeadOffice) -> None:
    accounts = office.folder.accounts
    accounts.write_text(accounts.read_text().replace(f'"stores.{STORE}.events.>", ', ""))
    office.natsd.reload()
    async with at(office, tmp_path / "data") as services:
        await sell(services, 10)
        await until(lambda: "does not allow" in trouble_of(services))
        assert (await upstream(services).status())["refused"]["count"] > 0
        office.folder.save()
        office.natsd.reload()
        await drained(services)

    assert await assert_equal(office.server, tmp_path / "data") == 10


async def both_publish(office: HeadOffice, data: Path, events: int) -> None:
    """One log, and two that publish it at the same time."""
    async with publishing(data, office.natsd.url, enabled=False) as services:
        await sell(services, events)
        local = Local(STORE, MACHINE, services.readers, services.writer, services.clock)
        address = Address((office.natsd.url,), STORE, office.folder.seed(STORE))
        both = [Upstream(local, address, "0.1.0") for _ in range(2)]
        for each in both:
            await each.start()
        try:
            for _ in range(20):
                await sell(services, 20)
            await until(lambda: any(each.state.compared and not each.backlog for each in both))
            await sell(services, 20)
            await until(lambda: any(each.state.compared and not each.backlog for each in both))
        finally:
            for each in both:
                await each.stop()


async def never_held(self: Claim, *_: object) -> None:
    """No claim: only the server's preconditions are between the two."""


async def test_of_two_publishers_one_has_the_claim(office: HeadOffice, tmp_path: Path) -> None:
    await both_publish(office, tmp_path / "data", 3000)

    assert await assert_equal(office.server, tmp_path / "data") == 3420


@pytest.mark.promise
async def test_two_publishers_without_any_claim_still_publish_everything_once(
    office: HeadOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Claim, "hold", never_held)
    await both_publish(office, tmp_path / "data", 3000)

    assert await assert_equal(office.server, tmp_path / "data") == 3420


async def test_a_server_without_batches_gets_a_pipeline(office: HeadOffice, tmp_path: Path) -> None:
    await without_batches(office)
    async with at(office, tmp_path / "data") as services:
        await sell(services, 5000)
        await drained(services)
        assert not upstream(services).state.batches

    assert await assert_equal(office.server, tmp_path / "data") == 5000


async def test_the_planted_bug_of_no_expected_sequence_is_caught(
    office: HeadOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Claim, "hold", never_held)
    monkeypatch.setattr(Sender, "_expected", lambda *_: b"")
    await both_publish(office, tmp_path / "data", 3000)

    with pytest.raises(AssertionError):
        await assert_equal(office.server, tmp_path / "data")


@pytest.mark.promise
async def test_an_emptied_store_directory_is_filled_again_while_the_store_sells(
    office: HeadOffice, tmp_path: Path
) -> None:
    def emptied() -> None:
        office.natsd.kill()
        shutil.rmtree(office.natsd.store)
        office.natsd.start()
        office.provision(office.folder.life(STORE))

    async with at(office, tmp_path / "data") as services:
        await sell(services, 2000)
        await drained(services)
        sold = await selling_on(services, lambda: asyncio.to_thread(emptied))
        await drained(services)

    assert sold > 0
    assert await assert_equal(office.server, tmp_path / "data") == 2000 + sold
