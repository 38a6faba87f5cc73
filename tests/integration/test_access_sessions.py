"""Operators sign on with a PIN at an enrolled device, and are signed off by time, by others and by themselves."""

import re
from pathlib import Path

import pytest

from appliance.access.people import Asker
from appliance.application.commands_access import AddOperator
from appliance.application.ports import Context
from appliance.eventstore.log import between
from tests.support.api import Shop, sale, serving, stocked
from tests.support.people import PINS, hire, last_event, session, sign_on, timed


@pytest.fixture
async def staffed(shop: Shop) -> Shop:
    """A shop with a cashier and a supervisor."""
    await hire(shop, "carl", "anna")
    return shop


async def test_a_sale_is_booked_under_the_name_that_signed_on(staffed: Shop) -> None:
    headers = await session(staffed, "carl")

    sold = await staffed.post("/sales", sale(operator="somebody else"), role="cashier", headers=headers)

    assert sold.status_code == 201
    assert (await last_event(staffed, "sale.completed"))["operator"] == "carl"


async def test_a_session_acts_under_the_operator_s_role_and_not_the_device_s(staffed: Shop) -> None:
    more = await session(staffed, "anna", device="cashier")
    less = await session(staffed, "carl", device="manager")

    allowed = await staffed.get("/events", role="cashier", headers=more)
    refused = await staffed.get("/devices", role="manager", headers=less)

    assert (allowed.status_code, refused.status_code) == (200, 403)
    assert refused.json()["role"] == "cashier"


async def test_a_session_is_worth_nothing_on_another_device(staffed: Shop) -> None:
    headers = await session(staffed, "anna", device="cashier")

    answer = await staffed.get("/sales", role="supervisor", headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (401, "/docs/problems#session-ended")


async def test_a_session_without_its_device_s_token_is_worth_nothing(staffed: Shop) -> None:
    headers = await session(staffed, "anna")

    assert (await staffed.get("/sales", role=None, headers=headers)).status_code == 401


@pytest.mark.parametrize(("unused_s", "status"), [(899, 200), (901, 401)])
async def test_a_session_ends_when_it_is_not_used(staffed: Shop, unused_s: int, status: int) -> None:
    uptime = timed(staffed)
    headers = await session(staffed, "carl")

    uptime.pass_by(unused_s)

    assert (await staffed.get("/sessions/current", role="cashier", headers=headers)).status_code == status


async def test_a_session_that_is_used_ends_after_its_longest_time(staffed: Shop) -> None:
    uptime = timed(staffed)
    headers = await session(staffed, "carl")
    statuses = []

    for _ in range(73):  # twelve hours, and ten minutes
        uptime.pass_by(600)
        statuses.append((await staffed.get("/sessions/current", role="cashier", headers=headers)).status_code)

    assert statuses == [200] * 72 + [401]


async def test_who_signs_off_is_signed_off(staffed: Shop) -> None:
    headers = await session(staffed, "carl")

    ended = await staffed.send("DELETE", "/sessions/current", role="cashier", headers=headers)
    after = await staffed.get("/sessions/current", role="cashier", headers=headers)

    assert (ended.status_code, ended.json()["operator_id"], after.status_code) == (200, "carl", 401)
    assert (await last_event(staffed, "session.closed"))["operator_id"] == "carl"


async def test_signing_on_again_ends_the_former_session_on_that_device_only(staffed: Shop) -> None:
    first, elsewhere = await session(staffed, "carl"), await session(staffed, "carl", device="supervisor")

    second = await session(staffed, "carl")

    statuses = [
        (await staffed.get("/sessions/current", role=role, headers=headers)).status_code
        for role, headers in (("cashier", first), ("supervisor", elsewhere), ("cashier", second))
    ]
    assert statuses == [401, 200, 200]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/operators/carl/role", {"role": "supervisor"}),
        ("DELETE", "/operators/carl", None),
        ("PUT", "/operators/carl/pin", {"pin": "5061"}),
    ],
)
async def test_a_session_ends_with_a_change_of_its_operator(
    staffed: Shop, method: str, path: str, body: dict[str, str] | None
) -> None:
    headers, others = await session(staffed, "carl"), await session(staffed, "anna")

    assert (await staffed.send(method, path, body)).status_code == 200

    assert (await staffed.get("/sessions/current", role="cashier", headers=headers)).status_code == 401
    assert (await staffed.get("/sessions/current", role="cashier", headers=others)).status_code == 200


async def test_who_is_disabled_gets_in_no_more_until_they_are_added_again_with_a_new_pin(staffed: Shop) -> None:
    await staffed.send("DELETE", "/operators/carl")
    disabled = await sign_on(staffed, "carl")
    await staffed.post("/operators", {"operator_id": "carl", "name": "Carl", "role": "cashier"})
    without_pin = await sign_on(staffed, "carl")
    await staffed.put("/operators/carl/pin", {"pin": "5061"})

    again = await sign_on(staffed, "carl", pin="5061")

    assert (disabled.status_code, without_pin.status_code, again.status_code) == (401, 401, 201)


async def test_the_revoked_device_takes_its_sessions_with_it(staffed: Shop) -> None:
    headers = await session(staffed, "anna")

    await staffed.send("DELETE", "/devices/device-cashier")

    answer = await staffed.get("/sessions/current", role="cashier", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (401, "/docs/problems#unauthenticated")


async def test_sessions_go_on_through_a_restart_of_the_program_and_end_with_the_machine_s(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as shop:
        await stocked(shop)
        await hire(shop, "carl")
        headers, tokens = await session(shop, "carl"), shop.tokens
    async with serving(tmp_path / "data") as again:
        again.tokens |= tokens
        went_on = await again.get("/sessions/current", role="cashier", headers=headers)
        timed(again).boot = "boot-2"
        await again.services.people.load()
        ended = await again.get("/sessions/current", role="cashier", headers=headers)

    assert (went_on.status_code, ended.status_code) == (200, 401)


async def test_nothing_secret_is_left_in_the_log_or_in_any_file(staffed: Shop) -> None:
    signed_on = (await sign_on(staffed, "anna")).json()["session"]
    code = (await staffed.post("/operators/carl/pin-codes", {})).json()["code"]
    kept = await staffed.services.writer.run(lambda uow: uow.query("SELECT hash FROM operator_pins"))

    events = await staffed.services.writer.run(lambda uow: between(uow._group.db, 1, 10_000))
    said = repr(events).encode()
    files = b"".join(path.read_bytes() for path in staffed.services.paths.data.iterdir() if path.is_file())

    for secret in (signed_on, code, code.replace("-", "")):
        assert secret.encode() not in files
    for secret in ("argon2", *[hashed for (hashed,) in kept]):
        assert secret.encode() not in said
    assert PINS["anna"] not in re.findall("[0-9a-f]+", repr(events)), "by itself: four digits are in many an id"
    assert staffed.services.paths.pepper.stat().st_mode & 0o777 == 0o600


async def test_a_pin_of_ones_own_is_set_with_a_code_once(staffed: Shop) -> None:
    code = (await staffed.post("/operators/carl/pin-codes", {})).json()["code"]
    body = {"code": f" {code.lower()} ", "pin": "5061"}

    first = await staffed.post("/pins", body, role="cashier")
    second = await staffed.post("/pins", body, role="cashier")

    assert (first.status_code, first.json()["operator_id"], second.status_code) == (200, "carl", 401)
    assert (await sign_on(staffed, "carl")).status_code == 401
    assert (await sign_on(staffed, "carl", pin="5061")).status_code == 201


@pytest.mark.parametrize(
    "pin", ["", "123", "1111", "1234", "9876", "0000", "12345678901234", "12a4", "\uff11\uff12\uff13\uff15", "8 64"]
)
async def test_a_pin_that_everybody_tries_first_is_refused(staffed: Shop, pin: str) -> None:
    answer = await staffed.put("/operators/carl/pin", {"pin": pin})

    assert answer.status_code == 422
    assert pin not in answer.json()["detail"] or pin in ("", "123")


async def test_nobody_hands_out_a_role_above_their_own(staffed: Shop) -> None:
    body = {"operator_id": "eve", "name": "Eve", "role": "support"}

    added = await staffed.post("/operators", body, role="manager")
    raised = await staffed.put("/operators/carl/role", {"role": "support"}, role="manager")

    assert {added.json()["type"], raised.json()["type"]} == {"/docs/problems#role-not-yours"}


async def test_a_manager_cannot_take_over_somebody_above(staffed: Shop) -> None:
    await hire(staffed, "sven")

    answers = [
        await staffed.put("/operators/sven/pin", {"pin": "5061"}, role="manager"),
        await staffed.post("/operators/sven/pin-codes", {}, role="manager"),
        await staffed.put("/operators/sven/role", {"role": "cashier"}, role="manager"),
        await staffed.send("DELETE", "/operators/sven", role="manager"),
    ]

    assert [each.status_code for each in answers] == [403] * 4


async def test_operators_that_head_office_sends_get_in_once_they_have_a_pin(empty_shop: Shop) -> None:
    """The seam for a replacement box: the command from above, and a PIN by a one-time code at an enrolled till."""
    services = empty_shop.services
    context = Context(command_id="hq-1", occurred_at=services.clock(), role="hq")
    command = AddOperator(operator_id="anna", name="Anna", role="supervisor")
    for _ in range(2):
        await services.dispatcher.dispatch(command, context)
    code = await services.people.make_pin_code("anna", 10, Asker("control", "support"))

    early = await sign_on(empty_shop, "anna")
    await empty_shop.post("/pins", {"code": code, "pin": PINS["anna"]}, role="cashier")
    late = await sign_on(empty_shop, "anna")

    assert (early.status_code, late.status_code, late.json()["role"]) == (401, 201, "supervisor")
    assert [each["version"] for each in (await empty_shop.get("/operators")).json()["items"]] == [2]
