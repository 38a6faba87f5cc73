"""The list of what is wrong: found, told with what to do, mended from here, and resolved by people."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dramatiq import Message

from appliance.api.mending import FIXES
from appliance.backups.guard import DiskGuard
from appliance.observability.autonomy import Growth, Limit, Watch, left, shortest
from appliance.observability.problem_kinds import KINDS, SEVERITIES, kind_of
from appliance.sagas.turn import QUEUE
from appliance.schemas import trouble as s
from appliance.upgrading import guard
from tests.support.api import Shop, serving, stocked
from tests.support.head_office import HeadOffice, head_office
from tests.support.polling import settled
from tests.support.stores import rows
from tests.support.syncing import STORE, drained


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with serving(tmp_path / "data", sagas={"enabled": False}) as shop:
        yield await stocked(shop)


async def problems(shop: Shop) -> dict[str, s.Trouble]:
    found = s.ProblemList.model_validate((await shop.get("/problems")).json())
    return {each.problem_id: each for each in found.items}


async def test_a_store_without_a_backup_says_so_and_takes_one_when_told_to(shop: Shop) -> None:
    found = (await problems(shop))["backup-old"]
    assert (found.severity, found.fix) == ("warning", "backup")

    fixed = await shop.post("/problems/backup-old/fix")

    assert fixed.status_code == 202
    s.TroubleFixed.model_validate(fixed.json())

    async def gone() -> bool:
        return "backup-old" not in await problems(shop)

    await settled(gone)
    assert (await shop.post("/problems/backup-old/fix")).status_code == 404


async def test_a_finding_is_a_problem_until_somebody_has_seen_to_it(shop: Shop) -> None:
    maintenance: Any = shop.services.maintenance
    await maintenance.note("rebuild-broke", "stock", None, "The rebuild broke off.")
    found = next(each for each in (await problems(shop)).values() if each.kind == "rebuild-broke")

    mended = await shop.post(f"/problems/{found.problem_id}/fix")
    resolved = await shop.post(f"/problems/{found.problem_id}/resolve")

    assert (mended.status_code, resolved.status_code) == (202, 200)
    assert "stock" in mended.json()["done"]
    assert found.problem_id not in await problems(shop)
    assert (await shop.get("/findings")).json()["items"] == []


async def test_what_is_seen_live_is_not_resolved_by_saying_so(shop: Shop) -> None:
    assert (await shop.post("/problems/backup-old/resolve")).json()["type"].endswith("problem-resolves-itself")
    assert (await shop.post("/problems/nothing/resolve")).status_code == 404


async def test_a_wrong_clock_is_critical_and_takes_a_person(shop: Shop) -> None:
    real = shop.services.clock
    shop.services.clock = lambda: real() - timedelta(days=20_000)

    found = (await problems(shop))["clock-wrong"]

    assert (found.severity, found.fix) == ("critical", None)
    assert (await shop.post("/problems/clock-wrong/fix")).json()["type"].endswith("problem-not-fixable")


def test_what_the_store_offers_to_mend_it_can_mend() -> None:
    assert {each.fix for each in KINDS.values() if each.fix is not None} == set(FIXES)


async def test_a_problem_tells_the_request_that_mends_it_or_none(shop: Shop) -> None:
    maintenance: Any = shop.services.maintenance
    await maintenance.note("head-damaged", "head", None, "Both slots are damaged.")
    found = await problems(shop)
    by_person = next(each for each in found.values() if each.kind == "head-damaged")

    action = found["backup-old"].action
    assert action is not None
    assert (await shop.send(action.method, action.path.removeprefix("/api/v1"))).status_code == 202
    assert by_person.action is None


async def test_a_version_that_was_gone_back_from_is_a_problem_until_another_one_is_installed(shop: Shop) -> None:
    data = shop.services.paths.data
    returned = guard.State("0.9.0", guard.BACK, starts=3, detail="back to 0.8.0")
    guard.write(data, returned)

    found = (await problems(shop))["upgrade-returned"]

    assert (found.severity, found.fix) == ("warning", None)
    assert found.detail == "Version 0.9.0 did not run well: back to 0.8.0."
    guard.write(data, guard.State("0.9.1"))
    assert "upgrade-returned" not in await problems(shop)


async def test_a_version_that_stays_though_it_does_not_run_well_is_a_problem_until_it_is_settled(shop: Shop) -> None:
    data = shop.services.paths.data
    stays = guard.State("0.9.0", guard.STAYS, starts=3, detail="7 event(s) were acknowledged since")
    guard.write(data, stays)

    found = (await problems(shop))["upgrade-stays"]

    assert (found.severity, found.fix) == ("warning", None)
    assert found.detail == "Version 0.9.0: 7 event(s) were acknowledged since."
    guard.write(data, replace(stays, state=guard.SETTLED))
    assert "upgrade-stays" not in await problems(shop)


async def test_messages_that_have_given_up_are_tried_again_when_told_to(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as shop:
        broker: Any = shop.services.sagas.broker
        stranger: Message[Any] = Message(QUEUE, "stranger", (), {}, {})
        await asyncio.to_thread(broker.enqueue, stranger)

        async def listed() -> bool:
            return "dead-letters" in await problems(shop)

        def parked() -> list[Any]:
            return rows(tmp_path / "data", "SELECT failed_at FROM messages WHERE state = 'parked'")

        async def tried_again() -> bool:
            return bool(parked()) and parked() != before

        await settled(listed, 30)
        before = parked()
        fixed = await shop.post("/problems/dead-letters/fix")

        assert (fixed.status_code, fixed.json()["done"]) == (202, "1 message(s) are being tried again.")
        await settled(tried_again, 30)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


async def test_sending_that_was_paused_goes_on_when_told_to(office: HeadOffice, tmp_path: Path) -> None:
    sync = {"url": office.natsd.url, "credentials": str(office.folder.seed(STORE))}
    async with serving(tmp_path / "data", sync=sync) as shop:
        assert (await shop.post("/sync/pause", key="")).json()["paused"] is True
        await stocked(shop)
        assert (await problems(shop))["sync-paused"].fix == "resume"

        fixed = await shop.post("/problems/sync-paused/fix")

        assert fixed.status_code == 202
        await drained(shop.services)
        assert "sync-paused" not in await problems(shop)


async def test_the_store_says_how_long_it_can_trade_and_why_no_longer(shop: Shop) -> None:
    found = s.ProblemList.model_validate((await shop.get("/problems")).json()).autonomy

    assert found.days > 0
    assert found.reason in {"disk", "price lists", "certificate", "nothing"}
    assert "backroom_autonomy_days " in (await shop.get("/metrics")).text


def test_every_kind_is_told_whole() -> None:
    assert all(each.severity in SEVERITIES and each.title and each.next_step for each in KINDS.values())
    assert [kind_of(each) for each in ("damaged-receipt", "incarnation-copied", "x")] == [
        "damaged",
        "incarnation",
        "finding",
    ]


def test_the_disk_s_growth_says_when_it_is_full() -> None:
    gib = 1 << 30
    watch = Watch()
    watch.growth(0.0, gib)

    growth = watch.growth(86_400.0, 2 * gib)

    assert growth == Growth(gib, 1.0)
    assert growth.until_full(10 * gib) == pytest.approx(10, abs=0.1)
    assert math.isinf(Growth(0, 1.0).until_full(gib))
    assert growth.until_full(1) == 0
    assert shortest([Limit("disk", math.inf), Limit("price lists", left(86_400, 3 * 86_400))]) == Limit(
        "price lists", 2
    )


@pytest.mark.parametrize(("free", "gone"), [([500], []), ([10, 500], ["old"]), ([10, 10], ["old"])])
async def test_the_disk_guard_gives_up_old_backups_and_then_the_write_ahead_log(
    free: list[int], gone: list[str]
) -> None:
    done: list[str] = []
    left_free = iter(free)

    async def make_room() -> list[str]:
        done.append("backups")
        return ["old"]

    async def expire() -> None:
        done.append("keys")

    async def note(kind: str, *_: object) -> None:
        done.append(kind)

    guard = DiskGuard(lambda: next(left_free), make_room, expire, lambda: done.append("wal"), note, kept=100)

    assert await guard.tidy() == gone
    wanted = {(500,): ["keys"], (10, 500): ["keys", "backups", "room-made"]}
    assert done == wanted.get(tuple(free), ["keys", "backups", "wal", "room-made"])
    with contextlib.suppress(StopIteration):
        await guard.stop()
