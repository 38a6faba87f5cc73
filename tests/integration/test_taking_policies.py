"""Policies from head office: in force at once and over restarts, refused with a reason, and never what is the box's."""

from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from appliance.api.services import Services
from appliance.domain.policies import CHANGES
from appliance.sync import subjects
from tests.support.commanding import Headquarters, down, headquarters, recorded, said, stocked
from tests.support.head_office import HeadOffice, head_office
from tests.support.older import DEBIAN_13, older
from tests.support.syncing import STORE, at, until, upstream

CHANGED, REFUSED = "settings.changed", "settings.refused"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
async def hq(office: HeadOffice) -> AsyncIterator[Headquarters]:
    async with headquarters(office) as found:
        yield found


@pytest.fixture
async def store(office: HeadOffice, data: Path) -> AsyncIterator[Services]:
    async with at(office, data) as services:
        yield await stocked(services)


async def test_a_policy_is_in_force_at_once_and_the_store_s_own_goes_over_the_common_one(
    store: Services, hq: Headquarters, data: Path
) -> None:
    await hq.policy("store.day_roll_hour", 3)
    await until(lambda: store.dispatcher.policy.day_roll_hour == 3)
    await hq.policy("store.day_roll_hour", 4, scope=STORE)
    await until(lambda: store.dispatcher.policy.day_roll_hour == 4)
    await hq.delete(subjects.SETTINGS_BUCKET, f"{STORE}.store.day_roll_hour")
    await until(lambda: store.dispatcher.policy.day_roll_hour == 3)

    assert [(each["scope"], each["value"]) for each in said(data, CHANGED)] == [
        ("common", 3),
        ("store", 4),
        ("store", None),
    ]


async def test_a_policy_survives_a_restart_without_head_office(
    office: HeadOffice, data: Path, hq: Headquarters
) -> None:
    async with at(office, data) as services:
        await hq.policy("store.timezone", "Europe/London")
        await recorded(data, CHANGED, 1)
    office.natsd.stop()

    async with at(office, data) as services:
        assert services.dispatcher.policy.timezone.key == "Europe/London"


async def test_the_same_again_is_no_event(store: Services, hq: Headquarters, data: Path) -> None:
    for value in (3, 4):
        for _ in range(2):
            await hq.policy("store.day_roll_hour", value)
        await recorded(data, CHANGED, value - 2)
    down(store).settings_bucket.read_again()
    await hq.policy("sales.max_lines", 7)
    await until(lambda: store.dispatcher.policy.max_lines == 7)

    assert [each["value"] for each in said(data, CHANGED)] == [3, 4, 7]


WRONG: dict[str, tuple[str, Any]] = {
    "where it listens": ("http.host", "0.0.0.0"),  # noqa: S104  refused
    "where its data lies": ("data_dir", "/tmp/x"),
    "where head office is": ("sync.url", "nats://evil"),
    "who it is": ("store.id", "store-2"),
    "its currency": ("store.currency", "USD"),
    "a text for a number": ("store.day_roll_hour", "four"),
    "true for a number": ("sales.max_lines", True),
    "out of bounds": ("store.day_roll_hour", 24),
    "no zone": ("store.timezone", "Mars/Olympus"),
    "a path for a zone": ("store.timezone", "../../etc/passwd"),
    "an unknown role": ("sales.override_roles", ["root"]),
    "a rate as a number": ("store.taxes", {"standard": {"rate": 19}}),
    "a rate below zero": ("store.taxes", {"standard": {"rate": "-1"}}),
    "taxes without one in use": ("store.taxes", {"reduced": {"rate": "7"}}),
    "a list for a text": ("store.barcode_region", ["gb"]),
}


async def test_what_cannot_be_a_policy_is_refused_once_and_the_old_one_kept(
    store: Services, hq: Headquarters, data: Path
) -> None:
    before = store.dispatcher.policy
    for number, (key, value) in enumerate(WRONG.values(), 1):
        await hq.policy(key, value)
        await recorded(data, REFUSED, number)
    for raw in (b"not json", b"null", b"NaN", b"[" * 5000):
        await hq.put(subjects.SETTINGS_BUCKET, "common.sales.max_lines", raw)
    await recorded(data, REFUSED, len(WRONG) + 4)
    down(store).settings_bucket.read_again()
    await hq.policy("sales.max_tenders", 5)
    await until(lambda: store.dispatcher.policy.max_tenders == 5)

    refused = said(data, REFUSED)
    assert len(refused) == len(WRONG) + 4
    assert [each["key"] for each in refused[:15]] == [key for key, _ in WRONG.values()]
    assert [each["reason"] for each in refused[:5]] == ["not-a-policy"] * 5
    assert store.dispatcher.policy.day_roll_hour == before.day_roll_hour
    assert store.dispatcher.policy.taxes == before.taxes
    told = (await upstream(store).status())["down"]["policies"]
    assert {each["key"] for each in told["refused"]} >= {"common.http.host", "common.store.timezone"}


@pytest.fixture(params=["as new as it is", DEBIAN_13])
def url(office: HeadOffice, request: pytest.FixtureRequest) -> Iterator[str]:
    """Head office's address, where it is told to be of another version through a line that says so."""
    with older(office.natsd, request.param) if request.param == DEBIAN_13 else nullcontext(office.natsd.url) as found:
        yield found


async def test_a_key_that_was_purged_while_the_store_was_away_is_seen_to_be_gone(
    office: HeadOffice, data: Path, hq: Headquarters, url: str
) -> None:
    async with at(office, data, url=url):
        await hq.policy("sales.max_lines", 7)
        await recorded(data, CHANGED, 1)
    await hq.js.ask(f"STREAM.PURGE.{subjects.bucket_stream(subjects.SETTINGS_BUCKET)}")

    async with at(office, data, url=url) as services:
        await recorded(data, CHANGED, 2)
        await until(lambda: services.dispatcher.policy.max_lines == 2_000)


async def test_a_bucket_made_anew_is_taken_for_what_it_holds(
    office: HeadOffice, data: Path, hq: Headquarters, url: str
) -> None:
    async with at(office, data, url=url) as services:
        for value in (5, 6, 7):
            await hq.policy("sales.max_lines", value)
        await hq.policy("sales.max_tenders", 9)
        await until(lambda: services.dispatcher.policy.max_tenders == 9)
        await hq.js.ask(f"STREAM.DELETE.{subjects.bucket_stream(subjects.SETTINGS_BUCKET)}")
        await office._provision([office.folder.life(STORE)], fix=True)
        await hq.policy("sales.max_lines", 8)
        down(services).settings_bucket.read_again()
        await until(lambda: services.dispatcher.policy.max_lines == 8, 60)
        await until(lambda: services.dispatcher.policy.max_tenders == 50)


async def test_every_policy_of_the_allow_list_can_be_set(store: Services, hq: Headquarters) -> None:
    values: dict[str, Any] = {
        "store.timezone": "Europe/London",
        "store.day_roll_hour": 4,
        "store.cash_rounding": 5,
        "store.barcode_region": "gb",
        "store.taxes": {"standard": {"rate": "20", "inclusive": False}},
        "sales.override_roles": ["manager"],
        "sales.max_lines": 10,
        "sales.max_tenders": 3,
        "sales.max_total": 100_000,
        "pricelists.max_prices": 1_000,
        "orders.tender": "account",
    }
    assert set(values) == set(CHANGES)
    for key, value in values.items():
        await hq.policy(key, value)
    await until(lambda: down(store).settings.changed == len(values))

    policy = store.dispatcher.policy
    assert (policy.timezone.key, policy.day_roll_hour, policy.cash_rounding) == ("Europe/London", 4, 5)
    assert (policy.barcode_region, policy.override_roles, policy.max_total) == (
        "gb",
        frozenset({"manager"}),
        100_000,
    )
    assert (policy.taxes["standard"].rate, policy.taxes["standard"].inclusive) == ("20", False)
    assert (policy.max_lines, policy.max_tenders, policy.max_list_prices) == (10, 3, 1_000)
    assert policy.order_tender == "account"


async def test_an_older_server_s_empty_value_is_refused_and_not_taken_for_a_deletion(
    office: HeadOffice, data: Path, hq: Headquarters
) -> None:
    with older(office.natsd, DEBIAN_13) as url:
        async with at(office, data, url=url) as services:
            await hq.policy("sales.max_lines", 7)
            await recorded(data, CHANGED, 1)
            await hq.put(subjects.SETTINGS_BUCKET, "common.sales.max_lines", b"")
            await recorded(data, REFUSED, 1)
            down(services).settings_bucket.read_again()
            await hq.policy("sales.max_tenders", 5)
            await until(lambda: services.dispatcher.policy.max_tenders == 5)

            assert services.dispatcher.policy.max_lines == 7
            assert len(said(data, REFUSED)) == 1
