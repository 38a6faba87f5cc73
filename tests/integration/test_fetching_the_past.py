"""An empty directory becomes the store that head office has the log of, whole and proven, or stays empty."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.cli import from_head_office
from appliance.cli.failures import Failure
from appliance.cli.from_head_office import Restored, restore
from appliance.config import ScrubSettings, Settings, SyncSettings, load
from appliance.errors import RestoreRefused, RestoreUnfinished, SettingsInvalid
from appliance.eventstore.store import Paths
from appliance.hq.connection import JetStream, connected
from appliance.hq.resources import Life
from appliance.sync import headquarters, refetching, subjects
from appliance.sync.troubles import HqRefusesUs, NoPast, PastUnusable, StillClaimed
from appliance.verification import verify_at_rest
from tests.integration.test_forked_at_head_office import BASE, SOLD_ON, forked
from tests.support.head_office import HeadOffice, head_office
from tests.support.natsd import free_port
from tests.support.syncing import STORE, at, drained, log_of, publishing, sell
from tests.support.upstream import Lifeline, sales

EVENTS = 30


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


def settings_for(office: HeadOffice, data: Path, **sync: Any) -> Settings:
    """Of the new box."""
    given: dict[str, Any] = {"url": office.natsd.url, "credentials": office.folder.seed(STORE)} | sync
    return load(data_dir=data, machine_id="machine-b", scrub=ScrubSettings(enabled=False), sync=SyncSettings(**given))


async def fetched(settings: Settings, **more: Any) -> Restored | None:
    """As the command line does it, in a thread of its own."""
    return await asyncio.to_thread(restore, settings, lambda *_: None, **more)


async def at_head_office(office: HeadOffice, *commands: Any) -> None:
    async with connected(office.server) as js:
        for command in commands:
            await command(js)


async def released(office: HeadOffice) -> None:
    """The claim of the lost box, given free."""

    async def release(js: JetStream) -> None:
        await js.client.request(subjects.bucket_subject(subjects.CLAIMS_BUCKET, STORE), b"", timeout=30)

    await at_head_office(office, release)


async def sold(office: HeadOffice, data: Path, events: int = EVENTS) -> None:
    async with at(office, data) as services:
        await sell(services, events)
        await drained(services)


async def test_the_new_box_holds_the_log_byte_for_byte_and_begins_a_life_of_its_own(
    office: HeadOffice, tmp_path: Path
) -> None:
    await sold(office, tmp_path / "a")
    await released(office)

    found = await fetched(settings_for(office, tmp_path / "b"))

    assert found == Restored(EVENTS, 2, begun=True)
    ours = log_of(tmp_path / "b")
    assert ours[:EVENTS] == log_of(tmp_path / "a")
    begun = json.loads(ours[EVENTS][1])
    assert (begun["type"], begun["data"]["cause"], begun["incarnation"]) == ("store.incarnated", "replaced", 2)
    assert verify_at_rest(Paths(tmp_path / "b"), lambda _: None, lambda _: None) == []
    assert not Paths(tmp_path / "b").incoming.exists()


async def test_where_the_old_box_had_sent_everything_the_life_goes_on(office: HeadOffice, tmp_path: Path) -> None:
    await sold(office, tmp_path / "a")
    await released(office)

    assert await fetched(settings_for(office, tmp_path / "b"), same_life=True) == Restored(EVENTS, 1, begun=False)
    async with publishing(tmp_path / "b", office.natsd.url, office.folder.seed(STORE), machine="machine-b") as services:
        assert await sell(services, 1) == EVENTS + 1
        await drained(services)
        assert services.writer.head.incarnation == 1


async def test_a_log_that_forked_is_fetched_along_the_line_that_went_on(office: HeadOffice, tmp_path: Path) -> None:
    await forked(office, tmp_path / "a")
    await released(office)

    found = await fetched(settings_for(office, tmp_path / "b"))

    assert found == Restored(BASE + SOLD_ON + 1, 3, begun=True)
    assert log_of(tmp_path / "b")[:-1] == log_of(tmp_path / "a")


async def test_a_store_that_another_box_speaks_for_is_not_taken_over(office: HeadOffice, tmp_path: Path) -> None:
    await sold(office, tmp_path / "a")

    with pytest.raises(StillClaimed, match="machine-a"):
        await fetched(settings_for(office, tmp_path / "b"))


async def test_a_store_without_a_past_is_not_made_up(office: HeadOffice, tmp_path: Path) -> None:
    with pytest.raises(NoPast, match=STORE):
        await fetched(settings_for(office, tmp_path / "b"))


async def broken(office: HeadOffice, how: str) -> None:
    """A stream in which one event is not what it was, or not there."""
    line = Lifeline(Life(STORE))
    line.record(*sales(9))
    if how == "changed":
        line.sent[4] = (
            line.sent[4][0].replace(b'"GBP"', b'"EUR"').replace(b'"till-1"', b'"till-2"'),
            *line.sent[4][1:],
        )
    if how == "other hash":
        line.sent[4] = (line.sent[4][0], bytes(32), line.sent[4][2])

    async def publish(js: JetStream) -> None:
        await line.publish(js)
        if how == "hole":
            info = await js.ask(f"STREAM.INFO.{line.life.stream}")
            assert info["config"]["deny_delete"]
            await js.ask(f"STREAM.DELETE.{line.life.stream}")
            config = {**info["config"], "deny_delete": False}
            await js.ask(f"STREAM.CREATE.{line.life.stream}", config)
            await line.publish(js)
            await js.ask(f"STREAM.MSG.DELETE.{line.life.stream}", {"seq": 5})

    await at_head_office(office, publish)


@pytest.mark.parametrize(
    ("how", "said"), [("changed", "Event 5"), ("other hash", "Event 5"), ("hole", "of 9 events it holds 8")]
)
async def test_a_log_with_a_wrong_event_is_refused_and_nothing_is_made_of_it(
    office: HeadOffice, tmp_path: Path, how: str, said: str
) -> None:
    await broken(office, how)

    with pytest.raises(PastUnusable, match=said):
        await fetched(settings_for(office, tmp_path / "b"))

    assert not Paths(tmp_path / "b").database.exists()


async def test_what_broke_off_is_no_store_and_goes_on_where_it_was(
    office: HeadOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sold(office, tmp_path / "a")
    await released(office)
    monkeypatch.setattr(headquarters, "TAIL_AT_ONCE", 10)
    monkeypatch.setattr(refetching, "LUMP", 10)
    settings, seen = settings_for(office, tmp_path / "b"), list[int]()

    def cut(position: int, _last: int) -> None:
        seen.append(position)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await asyncio.to_thread(restore, settings, cut)
    with pytest.raises(RestoreUnfinished, match="not done"):
        async with at(office, tmp_path / "b"):
            pass
    await asyncio.to_thread(restore, settings, lambda position, _: seen.append(position))

    # The page on its way at that moment may have been written while nobody was left to be told.
    assert seen in ([10, 20, 30], [10, 20])
    assert len(log_of(tmp_path / "b")) == EVENTS + 1


async def test_one_that_was_killed_before_the_last_move_is_finished_by_another(
    office: HeadOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sold(office, tmp_path / "a")
    await released(office)
    settings, paths = settings_for(office, tmp_path / "b"), Paths(tmp_path / "b")
    with monkeypatch.context() as patched:
        patched.setattr(from_head_office, "_move", _half_a_move)
        with pytest.raises(KeyboardInterrupt):
            await fetched(settings)
    assert paths.keys.exists()
    assert not paths.database.exists()

    assert await fetched(settings) is None

    assert len(log_of(tmp_path / "b")) == EVENTS + 1
    with pytest.raises(RestoreRefused, match="holds a store already"):
        await fetched(settings)


def _half_a_move(built: Paths, paths: Paths) -> None:
    for name in ("head", "keys.db"):
        (built.data / name).replace(paths.data / name)
    raise KeyboardInterrupt


async def test_wrong_credentials_and_a_line_that_is_down_are_said_in_plain_words(
    office: HeadOffice, tmp_path: Path
) -> None:
    await sold(office, tmp_path / "a")
    stranger = tmp_path / "stranger.seed"
    stranger.write_text("SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY\n")

    with pytest.raises(HqRefusesUs):
        await fetched(settings_for(office, tmp_path / "b", credentials=stranger))
    with pytest.raises(Failure) as failed:
        await fetched(settings_for(office, tmp_path / "b", url=f"nats://127.0.0.1:{free_port()}"))
    assert "refused" in failed.value.detail
    with pytest.raises(SettingsInvalid, match=r"sync\.url"):
        await fetched(settings_for(office, tmp_path / "b", url=None))
