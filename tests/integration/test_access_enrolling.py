"""A device enrols itself with a code that works once and for minutes, for at most the role of who made it."""

from typing import Any

import httpx
import pytest

from tests.support.api import Shop, fresh_key
from tests.support.people import approval, hire, last_event, session, timed

TILL = {"device_id": "till-3", "name": "Till 3", "register_id": "till-1"}


async def code(shop: Shop, asks: str = "manager", headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
    return await shop.post("/enrolment-codes", {**TILL, **more}, role=asks, headers=headers or {})


async def enrol(shop: Shop, typed: str, key: str | None = None) -> httpx.Response:
    return await shop.post("/enrolments", {"code": typed}, role=None, key=key)


async def test_a_code_answers_the_token_of_a_device_that_may_speak_at_once(shop: Shop) -> None:
    made = await code(shop)

    enrolled = (await enrol(shop, made.json()["code"].lower().replace("-", " "))).json()

    sales = await shop.get("/sales", role=None, headers={"authorization": f"Bearer {enrolled['token']}"})
    assert (enrolled["device_id"], enrolled["role"], enrolled["register_id"]) == ("till-3", "cashier", "till-1")
    assert sales.status_code == 200


async def test_a_code_works_once_and_no_key_brings_the_token_back(shop: Shop) -> None:
    typed, key = (await code(shop)).json()["code"], fresh_key()

    first, second = await enrol(shop, typed, key), await enrol(shop, typed, key)

    assert (first.status_code, second.status_code) == (201, 401)
    assert second.json()["type"] == "/docs/problems#code-refused"
    receipts = await shop.services.writer.run(lambda uow: uow.query("SELECT 1 FROM receipts WHERE key = ?", (key,)))
    assert receipts == []


@pytest.mark.parametrize(("seconds", "status"), [(599, 201), (601, 401)])
async def test_a_code_holds_for_ten_minutes(shop: Shop, seconds: int, status: int) -> None:
    uptime = timed(shop)
    typed = (await code(shop)).json()["code"]

    uptime.pass_by(seconds)

    assert (await enrol(shop, typed)).status_code == status


async def test_a_code_ends_with_the_machine_s_restart(shop: Shop) -> None:
    uptime = timed(shop)
    typed = (await code(shop)).json()["code"]

    uptime.boot = "boot-2"

    assert (await enrol(shop, typed)).status_code == 401


async def test_a_code_for_a_pin_enrols_nothing(shop: Shop) -> None:
    await hire(shop, "carl")
    typed = (await shop.post("/operators/carl/pin-codes", {})).json()["code"]

    assert (await enrol(shop, typed)).status_code == 401


async def test_a_refused_enrolment_leaves_the_code_whole(shop: Shop) -> None:
    await shop.post("/devices", {"device_id": "till-3", "name": "Till 3", "role": "cashier"})
    typed = (await code(shop)).json()["code"]

    first, second = await enrol(shop, typed), await enrol(shop, typed)

    assert (first.status_code, second.status_code) == (409, 409)


@pytest.mark.parametrize(
    ("asks", "role", "status"),
    [("manager", "manager", 201), ("manager", "support", 403), ("supervisor", "manager", 403), ("support", "hq", 201)],
)
async def test_nobody_enrols_a_device_above_themselves(shop: Shop, asks: str, role: str, status: int) -> None:
    assert (await code(shop, asks, role=role)).status_code == status


async def test_a_till_alone_enrols_nothing_even_before_there_are_operators(shop: Shop) -> None:
    answer = await code(shop, "cashier")

    assert (answer.status_code, answer.json()["type"]) == (403, "/docs/problems#approval-required")


async def test_a_supervisor_s_pin_enrols_a_till_and_nothing_more(shop: Shop) -> None:
    await hire(shop, "carl", "anna")
    carl = await session(shop, "carl")

    till = await code(shop, "cashier", carl | await approval(shop, "anna", "enrol", headers=carl))
    more = await code(shop, "cashier", carl | await approval(shop, "anna", "enrol"), role="manager")

    assert (till.status_code, till.json()["approved_by"], more.status_code) == (201, "anna", 403)
    assert (await last_event(shop, "action.approved"))["action"] == "enrol"


async def test_a_code_that_was_guessed_at_is_an_event(shop: Shop) -> None:
    for _ in range(20):
        await enrol(shop, "AAAA-BBBB-CCCC")
    await shop.services.people.audit.close()

    refused = await last_event(shop, "access.refused")
    assert (refused["subject"], refused["reason"]) == ("enrolment", "code-refused")
