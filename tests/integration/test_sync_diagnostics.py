"""Head office finds every store by the services API, and asks each how it is."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.hq.connection import connected
from appliance.sync import subjects
from tests.support.head_office import HeadOffice, head_office
from tests.support.polling import settled
from tests.support.syncing import STORE, at, drained, publishing, sell, until, upstream


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


async def test_a_store_answers_to_the_services_api_and_for_its_health(office: HeadOffice, tmp_path: Path) -> None:
    async with at(office, tmp_path / "data") as services, connected(office.server) as jetstream:
        await sell(services, 12)
        await drained(services)
        answers = {}

        async def answered() -> bool:
            for call in ("PING", "INFO", "STATS"):
                message = await jetstream.client.request(f"$SRV.{call}.appliance", timeout=30)
                answers[call] = json.loads(message.data)
            return True

        await settled(answered)
        health = json.loads((await jetstream.client.request(subjects.health_subject(STORE), timeout=30)).data)

    assert answers["PING"]["metadata"]["store"] == STORE
    assert answers["INFO"]["endpoints"][0]["subject"] == "diag.store-1.health"
    assert answers["STATS"]["endpoints"][0]["num_requests"] >= 0
    assert (health["acknowledged"], health["backlog"]["events"]) == (12, 0)


async def test_a_paused_store_stays_paused_over_a_restart(office: HeadOffice, tmp_path: Path) -> None:
    async with at(office, tmp_path / "data") as services:
        await sell(services, 5)
        await drained(services)
        await upstream(services).pause(paused=True)
        await sell(services, 5)

    async with at(office, tmp_path / "data") as services:
        await until(lambda: upstream(services).link.session is not None)
        assert (upstream(services).state.paused, upstream(services).backlog) == (True, 5)
        await upstream(services).pause(paused=False)
        await drained(services)


async def test_what_waits_is_said_in_events_bytes_and_age(tmp_path: Path) -> None:
    async with publishing(tmp_path / "data", "nats://127.0.0.1:1") as services:
        await sell(services, 300)
        found = await upstream(services).status()

    assert found["backlog"]["events"] == 300
    assert 50_000 < found["backlog"]["bytes"] < 500_000
    assert found["backlog"]["oldest_recorded_at"] is not None
    assert (found["connected"], found["drained_in_seconds"]) == (False, None)
