"""Head office's commands: each carried out once and in order, whatever happens to it on the way."""

import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.api.services import Services
from appliance.domain.refusals_hq import ProductUnderRecall, RegisterIsShut
from appliance.sync import subjects
from tests.support.commanding import (
    Headquarters,
    command,
    consumed,
    do,
    down,
    headquarters,
    received,
    recorded,
    said,
    sale,
    stocked,
)
from tests.support.head_office import HeadOffice, head_office
from tests.support.syncing import STORE, at, until, upstream

LARGE = f"max_payload: {4 << 20}"
APPLIED, REFUSED = "hq.command_applied", "hq.command_refused"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE, config=LARGE) as found:
        yield found


@pytest.fixture
async def hq(office: HeadOffice) -> AsyncIterator[Headquarters]:
    async with headquarters(office) as found:
        yield found


@pytest.fixture
async def store(office: HeadOffice, data: Path) -> AsyncIterator[Services]:
    async with at(office, data) as services:
        yield await stocked(services)


def on_hand(data: Path, product: str = "tea") -> int:
    db = sqlite3.connect(f"file:{data / 'store.db'}?mode=ro", uri=True)
    try:
        rows = db.execute("SELECT on_hand_milli FROM stock WHERE product_id = ?", (product,)).fetchall()
    finally:
        db.close()
    return rows[0][0] if rows else 0


async def test_a_recalled_product_is_sold_no_more_until_the_recall_is_lifted(
    store: Services, hq: Headquarters, data: Path
) -> None:
    await do(store, sale())
    await consumed(store, await hq.send(command("c-1")))

    with pytest.raises(ProductUnderRecall, match="glass"):
        await do(store, sale())
    await do(store, sale("jam"))

    lift = command("c-2", "product.lift_recall", {"recall_id": "c-1", "product_id": "tea"})
    await consumed(store, await hq.send(lift))
    await do(store, sale())
    [first, second] = said(data, APPLIED)
    assert (first["command_id"], first["sequence"], first["type"]) == ("c-1", 1, "product.recall")
    assert first["first_position"] == first["last_position"]
    assert second["ids"] == {"product_id": "tea"}


async def test_a_shut_register_takes_no_sale_until_it_is_reopened(store: Services, hq: Headquarters) -> None:
    await do(store, sale())
    await consumed(store, await hq.send(command("c-1", "register.shut", {"register_id": "till-1", "reason": "audit"})))

    with pytest.raises(RegisterIsShut, match="audit"):
        await do(store, sale())
    await do(store, sale(register="till-2"))

    await consumed(store, await hq.send(command("c-2", "register.reopen", {"register_id": "till-1"})))
    await do(store, sale())


async def test_what_is_sent_twice_happens_once(store: Services, hq: Headquarters, data: Path) -> None:
    one, two = received("c-1"), received("c-2", "2")
    sequences = [await hq.send(body) for body in (one, two, one, two, one)]
    await consumed(store, sequences[-1])

    assert on_hand(data) == 3_000
    assert [each["command_id"] for each in said(data, APPLIED)] == ["c-1", "c-2"]
    assert down(store).tally.repeated == 3


async def test_what_comes_again_late_and_in_another_order_has_happened_already(
    store: Services, hq: Headquarters, data: Path
) -> None:
    for number in (3, 1, 2):
        await hq.send(received(f"c-{number}", str(number)))
    for number in (1, 2, 3, 2, 1):
        await hq.send(received(f"c-{number}", str(number)))
    await consumed(store, await hq.send(received("last")))

    assert [each["transfer_id"] for each in said(data, "stock.transferred")] == ["c-3", "c-1", "c-2", "last"]
    assert (on_hand(data), down(store).tally.repeated) == (7_000, 5)


async def test_an_id_that_stands_for_another_command_is_refused(store: Services, hq: Headquarters, data: Path) -> None:
    await hq.send(received("c-1"))
    await consumed(store, await hq.send(received("c-1", "5")))

    assert on_hand(data) == 1_000
    assert [each["reason"] for each in said(data, REFUSED)] == ["command-id-reused"]


UNUSABLE: dict[str, tuple[bytes, str]] = {
    "garbage": (b"\x00\xff garbage", "command-unreadable"),
    "nothing": (b"", "command-unreadable"),
    "a number": (b"17", "command-unreadable"),
    "deep nesting": (b"[" * 10_000, "command-unreadable"),
    "2 MB": (b'{"a":"' + b"x" * (2 << 20) + b'"}', "command-too-large"),
    "no id": (json.dumps({"type": "product.recall", "data": {}}).encode(), "command-unreadable"),
    "an unfit id": (command("../../etc"), "command-unreadable"),
    "an unknown type": (command("c-1", "store.reboot", {}), "unknown-command"),
    "an unknown field": (command("c-2", hidden=1), "command-unreadable"),
    "another store": (command("c-3", store="store-2"), "wrong-store"),
    "data of another form": (command("c-4", data={"product_id": 7}), "command-invalid"),
    "an unknown product": (received("c-5", product="nothing"), "unknown-product"),
    "no quantity": (received("c-6", "-1"), "invalid-quantity"),
    "too late": (command("c-7", expires_at="2026-01-01T00:00:00Z"), "command-expired"),
    "a policy that is none": (
        command("c-8", "settings.change", {"key": "http.host", "value": "0.0.0.0"}),  # noqa: S104  refused
        "not-a-policy",
    ),
}


async def test_what_cannot_be_used_is_refused_by_a_reason_and_stops_nothing(
    office: HeadOffice, store: Services, hq: Headquarters, data: Path
) -> None:
    async with headquarters(office) as admin:
        config = (await admin.js.ask("STREAM.INFO.HQ_COMMANDS"))["config"]
        await admin.js.ask("STREAM.UPDATE.HQ_COMMANDS", {**config, "max_msg_size": -1})
    for body, _ in UNUSABLE.values():
        await hq.send(body)
    await consumed(store, await hq.send(received("last")))

    refused = {each["sequence"]: each["reason"] for each in said(data, REFUSED)}
    assert refused == dict(enumerate((reason for _, reason in UNUSABLE.values()), 1))
    assert all(len(each["sha256"]) == 64 for each in said(data, REFUSED))
    assert on_hand(data) == 1_000


async def test_a_refusal_in_the_middle_leaves_nothing_of_its_command(
    store: Services, hq: Headquarters, data: Path
) -> None:
    lines = [{"product_id": "tea", "quantity": "3"}, {"product_id": "nothing", "quantity": "1"}]
    body = {"transfer_id": "t", "from_store": "b", "lines": lines}
    await consumed(store, await hq.send(command("c-1", "stock.transfer_in", body)))

    [refused] = said(data, REFUSED)
    assert (refused["reason"], refused["at"]) == ("unknown-product", "/lines/1/product_id")
    assert on_hand(data) == 0


async def test_transfers_move_stock_by_events_of_their_own(store: Services, hq: Headquarters, data: Path) -> None:
    await hq.send(received("c-1", "5"))
    out = {"transfer_id": "t-2", "to_store": "store-2", "lines": [{"product_id": "tea", "quantity": "1.5"}]}
    await consumed(store, await hq.send(command("c-2", "stock.transfer_out", out)))

    moved = said(data, "stock.transferred")
    assert [(each["quantity"], each["other_store"]) for each in moved] == [("5", "b"), ("-1.5", "store-2")]
    assert on_hand(data) == 3_500


ORDER: dict[str, Any] = {
    "order_id": "o-1",
    "customer_id": "ann",
    "customer": {"name": "Ann Lee", "email": "ann@example.com"},
    "items": [{"product_id": "tea", "quantity": "1"}],
    "shipping_address": {"street": "High St", "city": "Leeds", "country": "GB", "postal_code": "LS1"},
}


async def test_an_order_comes_with_its_customer_and_nothing_personal_stands_in_the_log(
    store: Services, hq: Headquarters, data: Path
) -> None:
    await hq.send(received("c-1", "5"))
    await consumed(store, await hq.send(command("c-2", "order.create", ORDER)))

    [created] = said(data, "order.created")
    assert created["order_id"] == "o-1"
    assert said(data, "customer.registered")[0]["customer_id"] == "ann"
    records = [json.dumps(each) for each in said(data, "customer.registered", "order.created", APPLIED)]
    assert not any("Ann Lee" in each or "High St" in each for each in records)


async def test_an_order_of_head_office_s_is_fulfilled_like_any_other(
    store: Services, hq: Headquarters, data: Path
) -> None:
    await hq.send(received("c-1", "5"))
    await consumed(store, await hq.send(command("c-2", "order.create", ORDER)))

    await recorded(data, "order.confirmed", 1)
    assert [each["saga_id"] for each in said(data, "saga.started", "saga.completed")] == ["o-1", "o-1"]
    assert on_hand(data) == 4_000


async def test_a_refused_order_leaves_neither_customer_nor_key(store: Services, hq: Headquarters, data: Path) -> None:
    await consumed(store, await hq.send(command("c-1", "order.create", ORDER)))

    assert [each["reason"] for each in said(data, REFUSED)] == ["insufficient-stock"]
    assert said(data, "customer.registered") == []
    assert store.vault.uncopied("", 10) == []


async def test_a_product_is_defined_and_a_policy_set_by_command(store: Services, hq: Headquarters, data: Path) -> None:
    product = {"product_id": "pie", "name": "Pie", "tax_code": "standard", "price": "4.00", "barcodes": ["20000002"]}
    await hq.send(command("c-1", "product.define", product))
    await consumed(store, await hq.send(command("c-2", "settings.change", {"key": "sales.max_lines", "value": 9})))

    await do(store, sale("pie"))
    await until(lambda: store.dispatcher.policy.max_lines == 9)


async def test_operators_are_added_promoted_and_disabled(store: Services, hq: Headquarters, data: Path) -> None:
    await hq.send(command("c-1", "operator.add", {"operator_id": "anna", "name": "Anna", "role": "cashier"}))
    await hq.send(command("c-2", "operator.change_role", {"operator_id": "anna", "role": "manager"}))
    await consumed(store, await hq.send(command("c-3", "operator.disable", {"operator_id": "anna"})))

    assert [each["type"] for each in said(data, APPLIED)] == [
        "operator.add",
        "operator.change_role",
        "operator.disable",
    ]
    assert said(data, "operator.role_changed")[0]["role"] == "manager"


async def test_commands_go_on_after_the_server_was_killed(office: HeadOffice, store: Services, data: Path) -> None:
    async with headquarters(office) as hq:
        await consumed(store, await hq.send(received("c-1")))
    office.natsd.kill()
    office.natsd.start()
    async with headquarters(office) as hq:
        await consumed(store, await hq.send(received("c-2")))

    assert on_hand(data) == 2_000


async def test_a_stream_made_anew_is_read_from_its_beginning(office: HeadOffice, store: Services, data: Path) -> None:
    async with headquarters(office) as hq:
        sequences = [await hq.send(received(name)) for name in ("c-1", "c-2", "c-3")]
        await consumed(store, sequences[-1])
        await hq.js.ask(f"STREAM.DELETE.{subjects.COMMANDS_STREAM}")
    office.natsd.stop()
    office.natsd.start()
    await _provision_again(office)
    async with headquarters(office) as hq:
        await hq.send(received("c-3"))
        await hq.send(received("c-4"))
        await until(lambda: on_hand(data) == 4_000)

    assert [each["command_id"] for each in said(data, APPLIED)] == ["c-1", "c-2", "c-3", "c-4"]


async def _provision_again(office: HeadOffice) -> None:
    await office._provision([office.folder.life(STORE)], fix=True)


async def test_a_consumer_that_is_missing_is_said_and_selling_goes_on(
    office: HeadOffice, store: Services, hq: Headquarters
) -> None:
    await consumed(store, await hq.send(received("c-1")))
    await hq.js.ask(f"CONSUMER.DELETE.{subjects.COMMANDS_STREAM}.{STORE}")

    await until(lambda: "commands" in down(store).troubles)
    told = (await upstream(store).status())["down"]["troubles"]
    assert [each["code"] for each in told] == ["hq-consumer-missing"]
    await do(store, sale())


async def test_a_store_that_was_restored_knows_what_it_carried_out(
    office: HeadOffice, data: Path, hq: Headquarters
) -> None:
    async with at(office, data) as services:
        await stocked(services)
        sequences = [await hq.send(received(name)) for name in ("c-1", "c-2")]
        await consumed(services, sequences[-1])
        await services.writer.run(lambda uow: uow.execute("DELETE FROM cursors WHERE name = 'hq-commands'"))
    async with at(office, data) as services:
        await consumed(services, await hq.send(received("c-3")))

    assert on_hand(data) == 3_000
