"""Guessing a PIN is held to a bound, for whoever tries, in whatever way, and stops nobody else."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.access.lockout import LONGEST_WAIT_MS
from tests.support.api import Shop, sale, serving, stocked
from tests.support.people import hire, last_event, session, sign_on, timed

WRONG = "0007"
FREE = 4


@pytest.fixture
async def staffed(shop: Shop) -> Shop:
    """A shop with a cashier and a supervisor."""
    await hire(shop, "carl", "anna")
    return shop


async def guess(shop: Shop, times: int, operator: str = "carl", device: str = "cashier") -> list[int]:
    return [(await sign_on(shop, operator, pin=WRONG, device=device)).status_code for _ in range(times)]


async def test_after_a_few_wrong_pins_each_try_waits_longer(staffed: Shop) -> None:
    uptime = timed(staffed)
    assert await guess(staffed, FREE) == [401] * FREE
    waits = []

    for _ in range(9):
        refused = await sign_on(staffed, "carl", pin=WRONG)
        waits.append(int(refused.headers["retry-after"]))
        uptime.pass_by(waits[-1])
        assert await guess(staffed, 1) == [401]

    assert waits == [15, 30, 60, 120, 240, 480, 900, 900, 900]
    assert max(waits) * 1000 == LONGEST_WAIT_MS


async def test_the_right_pin_has_to_wait_as_well_and_then_ends_the_count(staffed: Shop) -> None:
    uptime = timed(staffed)
    await guess(staffed, FREE)
    early = await sign_on(staffed, "carl")

    uptime.pass_by(15)
    late = await sign_on(staffed, "carl")

    assert (early.status_code, late.status_code) == (429, 201)
    assert await guess(staffed, FREE) == [401] * FREE


async def test_a_hundred_tries_at_once_are_no_more_than_one_after_another(staffed: Shop) -> None:
    await staffed.token("cashier")

    answers = await asyncio.gather(*[sign_on(staffed, "carl", pin=WRONG) for _ in range(100)])

    looked_at = [each for each in answers if each.status_code == 401]
    assert len(looked_at) <= FREE
    assert {each.status_code for each in answers} <= {401, 429, 503}


async def test_guesses_from_all_devices_count_together_for_an_operator(staffed: Shop) -> None:
    first = await guess(staffed, 2, device="cashier") + await guess(staffed, 2, device="supervisor")

    assert first == [401] * FREE
    assert await guess(staffed, 1, device="manager") == [429]


async def test_a_device_that_guesses_at_everybody_waits_and_stops_nobody_else(staffed: Shop) -> None:
    timed(staffed)
    statuses = [(await guess(staffed, 1, f"nobody-{number}"))[0] for number in range(12)]

    assert statuses == [401] * 10 + [429] * 2
    assert (await sign_on(staffed, "anna", device="cashier")).status_code == 429
    assert (await sign_on(staffed, "anna", device="supervisor")).status_code == 201
    assert (await staffed.post("/sales", sale(), role="cashier")).status_code == 201


async def test_a_pin_one_knows_does_not_buy_guesses_at_others(staffed: Shop) -> None:
    timed(staffed)
    await guess(staffed, 10, "nobody")
    tries = 0

    for number in range(40):
        await sign_on(staffed, "anna")
        tries += (await guess(staffed, 1, f"other-{number}")).count(401)

    assert tries <= 10


async def test_a_device_s_count_fades(staffed: Shop) -> None:
    uptime = timed(staffed)
    for number in range(10):
        await guess(staffed, 1, f"nobody-{number}")
    assert await guess(staffed, 1, "another") == [429]

    uptime.pass_by(10 * 300)

    assert [(await guess(staffed, 1, f"again-{number}"))[0] for number in range(10)] == [401] * 10


async def test_somebody_who_does_not_exist_is_refused_in_the_same_words(staffed: Shop) -> None:
    uptime = timed(staffed)

    def words(answer: httpx.Response) -> dict[str, Any]:
        return {name: value for name, value in answer.json().items() if name != "request_id"}

    real = [words(await sign_on(staffed, "carl", pin=WRONG, device="supervisor")) for _ in range(6)]
    uptime.pass_by(3600)
    nobody = [words(await sign_on(staffed, "nobody", pin=WRONG, device="manager")) for _ in range(6)]

    assert nobody == real


async def test_an_operator_without_a_pin_is_compared_with_one_that_nobody_has(
    staffed: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same work, whether there is something to compare with or not: counted, since time is no assertion."""
    compared: list[str] = []
    pins = staffed.services.people.pins
    verify = pins._verify

    def spied(kept: str, pin: str) -> bool:
        compared.append(kept[:30])
        return verify(kept, pin)

    monkeypatch.setattr(pins, "_verify", spied)
    await guess(staffed, 1, "nobody")
    await guess(staffed, 1, "carl")

    assert compared == ["$argon2id$v=19$m=19456,t=2,p=1"] * 2


async def test_a_wait_goes_on_through_a_restart_of_the_program(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as shop:
        await stocked(shop)
        await hire(shop, "carl")
        timed(shop)
        await guess(shop, FREE)
        tokens = shop.tokens
    async with serving(tmp_path / "data") as again:
        again.tokens |= tokens
        uptime = timed(again)
        uptime.pass_by(14)
        waiting = await sign_on(again, "carl")
        uptime.pass_by(1)
        done = await sign_on(again, "carl")

    assert (waiting.status_code, waiting.headers["retry-after"], done.status_code) == (429, "1", 201)


async def test_a_restart_of_the_machine_neither_ends_a_wait_nor_makes_it_longer_than_it_was(staffed: Shop) -> None:
    uptime = timed(staffed)
    await guess(staffed, FREE)

    uptime.boot, uptime.ms = "boot-2", 5_000
    waiting = await sign_on(staffed, "carl")
    uptime.ms = 15_000
    done = await sign_on(staffed, "carl")

    assert (waiting.headers["retry-after"], done.status_code) == ("10", 201)


async def test_setting_the_clock_changes_no_wait(staffed: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await guess(staffed, FREE)
    for moment in (0.0, 4e9):
        monkeypatch.setattr("time.time", lambda moment=moment: moment)
        assert (await sign_on(staffed, "carl")).status_code == 429


async def test_a_new_pin_forgets_what_was_tried_on_the_old_one(staffed: Shop) -> None:
    await guess(staffed, FREE + 1)

    await staffed.put("/operators/carl/pin", {"pin": "5061"})

    assert (await sign_on(staffed, "carl", pin="5061")).status_code == 201


async def test_a_session_under_way_goes_on_while_its_operator_is_locked_out(staffed: Shop) -> None:
    headers = await session(staffed, "carl")

    await guess(staffed, FREE + 1, device="supervisor")

    assert (await staffed.post("/sales", sale(), role="cashier", headers=headers)).status_code == 201


async def test_approvals_are_guessed_at_under_the_same_bound(staffed: Shop) -> None:
    body = {"operator": "anna", "pin": WRONG, "action": "void"}

    statuses = [(await staffed.post("/approvals", body, role="cashier")).status_code for _ in range(FREE + 1)]

    assert statuses == [401] * FREE + [429]
    assert (await sign_on(staffed, "anna", device="supervisor")).status_code == 429


async def test_a_flood_of_refusals_is_one_event_a_subject(staffed: Shop) -> None:
    before = staffed.position

    await guess(staffed, 30)
    await staffed.services.people.audit.close()

    assert staffed.position - before <= 4  # wrong PIN and locked out: at once, and what followed
    refused = await last_event(staffed, "access.refused")
    assert (refused["subject"], refused["device"]) == ("operator:carl", "device-cashier")
    assert refused["count"] > 1
