"""What one person alone may not do takes the PIN of a second one, and both names stand in the event."""

from typing import Any

import httpx
import pytest

from tests.support.api import Shop, fresh_key, sale
from tests.support.people import PINS, approval, hire, last_event, session, timed

REFUND = {
    "register_id": "till-1",
    "currency": "EUR",
    "lines": [{"product_id": "tea"}],
    "tenders": [{"type": "cash", "amount": 250}],
    "reason": "broken",
}


@pytest.fixture
async def staffed(shop: Shop) -> Shop:
    """A shop with a cashier and a supervisor."""
    await hire(shop, "carl", "anna")
    return shop


async def sold(shop: Shop) -> str:
    answer = await shop.post("/sales", sale(), role="cashier")
    sale_id: str = answer.json()["sale_id"]
    return sale_id


async def void(shop: Shop, sale_id: str, headers: dict[str, str], **options: Any) -> httpx.Response:
    body = {"register_id": "till-1", "reason": "wrong item"}
    return await shop.post(f"/sales/{sale_id}/void", body, **{"role": "cashier", "headers": headers, **options})


def kind(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("/docs/problems#")


async def test_a_void_takes_a_second_person_and_names_both(staffed: Shop) -> None:
    carl, sale_id = await session(staffed, "carl"), await sold(staffed)

    alone = await void(staffed, sale_id, carl)
    together = await void(staffed, sale_id, carl | await approval(staffed, "anna", "void"))

    assert (alone.status_code, kind(alone), together.status_code) == (403, "approval-required", 201)
    event = await last_event(staffed, "sale.voided")
    assert (event["operator"], event["approved_by"]) == ("carl", "anna")


async def test_an_unlinked_refund_takes_a_second_person(staffed: Shop) -> None:
    carl = await session(staffed, "carl")

    alone = await staffed.post("/refunds", REFUND, role="cashier", headers=carl)
    headers = carl | await approval(staffed, "anna", "unlinked_refund")
    together = await staffed.post("/refunds", REFUND, role="cashier", headers=headers)

    assert (kind(alone), together.status_code) == ("approval-required", 201)
    assert (await last_event(staffed, "refund.completed"))["approved_by"] == "anna"


@pytest.mark.parametrize(
    ("path", "body", "event"),
    [
        ("open", {"opening_float": 5_000}, "drawer.opened"),
        ("paid-in", {"amount": 100, "reason": "change"}, "drawer.paid_in"),
        ("paid-out", {"amount": 100, "reason": "milk"}, "drawer.paid_out"),
        ("count", {"counted": 5_000}, "drawer.counted"),
        ("close", {"counted": 5_000}, "drawer.closed"),
    ],
)
async def test_the_drawer_takes_a_second_person(staffed: Shop, path: str, body: dict[str, Any], event: str) -> None:
    if path != "open":
        await staffed.post("/registers/till-1/drawer/open", {"opening_float": 5_000})
    carl = await session(staffed, "carl")

    alone = await staffed.post(f"/registers/till-1/drawer/{path}", body, role="cashier", headers=carl)
    headers = carl | await approval(staffed, "anna", "drawer")
    together = await staffed.post(f"/registers/till-1/drawer/{path}", body, role="cashier", headers=headers)

    assert (kind(alone), together.status_code) == ("approval-required", 201)
    found = await last_event(staffed, event)
    assert (found["operator"], found["approved_by"]) == ("carl", "anna")


async def test_another_price_takes_a_proven_name(staffed: Shop) -> None:
    carl = await session(staffed, "carl")
    cheaper = sale({"product_id": "tea", "unit_price": "1.00"}, price_override_reason="last one")

    alone = await staffed.post("/sales", cheaper, role="cashier", headers=carl)
    claimed = await staffed.post("/sales", cheaper | {"approved_by": "anna"}, role="cashier", headers=carl)
    headers = carl | await approval(staffed, "anna", "price_override")
    proven = await staffed.post("/sales", cheaper, role="cashier", headers=headers)

    assert (kind(alone), kind(claimed)) == ("override-not-allowed", "approval-required")
    assert proven.status_code == 201
    assert (await last_event(staffed, "sale.completed"))["approved_by"] == "anna"


async def test_a_discount_is_approved_by_whose_pin_was_typed(staffed: Shop) -> None:
    discount = {"kind": "amount", "amount": 50, "reason": "friend", "approved_by": "the boss"}
    body = sale({"product_id": "tea", "discounts": [discount]})

    claimed = await staffed.post("/sales", body, role="cashier")
    headers = await approval(staffed, "anna", "price_override")
    proven = await staffed.post("/sales", body, role="cashier", headers=headers)

    assert (kind(claimed), proven.status_code) == ("approval-required", 201)
    line = (await last_event(staffed, "sale.completed"))["lines"][0]
    assert line["discounts"][0]["approved_by"] == "anna"


async def test_a_supervisor_s_own_session_needs_nobody_else(staffed: Shop) -> None:
    anna, sale_id = await session(staffed, "anna"), await sold(staffed)

    answer = await void(staffed, sale_id, anna)

    assert answer.status_code == 201
    assert (await last_event(staffed, "sale.voided"))["operator"] == "anna"


async def test_an_approval_is_good_once(staffed: Shop) -> None:
    headers = await approval(staffed, "anna", "void")

    first, second = [await void(staffed, await sold(staffed), headers) for _ in range(2)]

    assert (first.status_code, second.status_code, kind(second)) == (201, 403, "approval-invalid")


async def test_an_approval_is_good_for_its_action_only(staffed: Shop) -> None:
    headers = await approval(staffed, "anna", "drawer")

    assert kind(await void(staffed, await sold(staffed), headers)) == "approval-invalid"


async def test_an_approval_is_good_on_its_device_only(staffed: Shop) -> None:
    headers = await approval(staffed, "anna", "void", role="supervisor")

    assert kind(await void(staffed, await sold(staffed), headers)) == "approval-invalid"


async def test_an_approval_is_good_for_two_minutes(staffed: Shop) -> None:
    uptime = timed(staffed)
    headers = await approval(staffed, "anna", "void")

    uptime.pass_by(121)

    assert kind(await void(staffed, await sold(staffed), headers)) == "approval-invalid"


async def test_a_refused_request_leaves_the_approval_whole(staffed: Shop) -> None:
    headers = await approval(staffed, "anna", "void")

    missed = await void(staffed, "no-such-sale", headers)
    meant = await void(staffed, await sold(staffed), headers)

    assert (missed.status_code, meant.status_code) == (404, 201)


async def test_a_repeated_request_gets_its_first_answer_though_the_approval_is_used_up(staffed: Shop) -> None:
    headers, sale_id, key = await approval(staffed, "anna", "void"), await sold(staffed), fresh_key()

    first = await void(staffed, sale_id, headers, key=key)
    timed(staffed).boot = "boot-2"
    again = await void(staffed, sale_id, headers, key=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content


async def test_a_disabled_operator_s_approvals_hold_no_longer(staffed: Shop) -> None:
    headers = await approval(staffed, "anna", "void")

    await staffed.send("DELETE", "/operators/anna")

    assert kind(await void(staffed, await sold(staffed), headers)) == "approval-invalid"


async def test_who_may_not_do_it_may_not_approve_it(staffed: Shop) -> None:
    body = {"operator": "carl", "pin": PINS["carl"], "action": "void"}

    answer = await staffed.post("/approvals", body, role="cashier")

    assert (answer.status_code, kind(answer)) == (403, "may-not-approve")


async def test_a_wrong_pin_approves_nothing(staffed: Shop) -> None:
    answer = await staffed.post("/approvals", {"operator": "anna", "pin": "0007", "action": "void"}, role="cashier")

    assert (answer.status_code, kind(answer)) == (401, "pin-refused")


async def test_a_store_without_operators_takes_its_tills_at_their_word(shop: Shop) -> None:
    answer = await shop.post(
        f"/sales/{await sold(shop)}/void",
        {"register_id": "till-1", "reason": "wrong item", "operator": "carl", "approved_by": "anna"},
        role="cashier",
    )

    assert answer.status_code == 201
    event = await last_event(shop, "sale.voided")
    assert (event["operator"], event["approved_by"]) == ("carl", "anna")


async def test_a_plain_sale_needs_no_operator(staffed: Shop) -> None:
    assert (await staffed.post("/sales", sale(operator="carl"), role="cashier")).status_code == 201


async def test_an_approval_is_an_event_with_both_names(staffed: Shop) -> None:
    carl = await session(staffed, "carl")

    await approval(staffed, "anna", "export", headers=carl)

    event = await last_event(staffed, "action.approved")
    assert (event["operator"], event["approved_by"], event["action"]) == ("carl", "anna", "export")
