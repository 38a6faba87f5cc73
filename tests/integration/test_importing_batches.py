"""Booking batches of invoices: order, repetition, and a store that cannot go on."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.application.ports import UnitOfWork
from appliance.domain.refusals import Refusal
from appliance.errors import StoreFull
from appliance.eventstore.jobs import Job
from appliance.importing import booking, starter
from appliance.importing.batch import Batch, Invoice, Line, NewProduct, Result
from appliance.importing.booking import Booker
from appliance.queries.totals import totals
from tests.support.api import Shop, sale, serving

PRODUCT = NewProduct(product_id="11111", name="Lantern", kind="stocked")


def invoice(number: int, lines: int = 1, at: str = "2010-12-01T08:26:00") -> Invoice:
    return Invoice(number=str(number), at=at, paid=200 * lines, lines=[Line("11111", "1", "2.00")] * lines)


def batch(*invoices: Invoice) -> Batch:
    return Batch(invoices=list(invoices), products=[PRODUCT])


def booker(shop: Shop) -> Booker:
    def transact(work: Callable[[UnitOfWork], Result]) -> Awaitable[Result]:
        job = Job.for_loop(work)
        shop.services.writer.submit(job)
        future: asyncio.Future[Result] = job.future
        return future

    return Booker(shop.services.dispatcher, transact, b"secret")


async def sales_in_order(shop: Shop) -> list[str]:
    rows = await shop.services.readers.rows("sales", "SELECT client_ref FROM documents ORDER BY position")
    return [row[0] for row in rows]


async def test_the_order_of_a_batch_is_the_order_of_the_log(empty_shop: Shop) -> None:
    wanted = [invoice(number, lines=number % 7 + 1) for number in range(500, 1, -1)]

    await booker(empty_shop).book(batch(*wanted))

    assert await sales_in_order(empty_shop) == [each.number for each in wanted]


async def test_results_come_in_the_order_of_the_batch_with_what_the_store_holds(empty_shop: Shop) -> None:
    given = [invoice(1), invoice(2, at="2010-02-30T00:00:00"), invoice(3, lines=3), invoice(1), invoice(3)]

    results = await booker(empty_shop).book(batch(*given))

    assert [(each.number, each.outcome, each.total) for each in results] == [
        ("1", "booked", 200),
        ("2", "refused", 0),
        ("3", "booked", 600),
        ("1", "already_booked", 200),
        ("3", "booked_differently", 0),
    ]


async def test_a_file_that_reckons_otherwise_than_the_store_is_refused(empty_shop: Shop) -> None:
    short = Invoice(number="1", at="2010-12-01T08:26:00", paid=199, lines=[Line("11111", "1", "2.00")])

    (result,) = await booker(empty_shop).book(batch(short))

    assert (result.outcome, result.code) == ("refused", "tenders-do-not-cover")


async def test_a_store_that_is_full_ends_the_batch_with_its_own_words(empty_shop: Shop) -> None:
    def full(_: Callable[[UnitOfWork], Result]) -> Awaitable[Result]:
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        future.set_exception(StoreFull("There is no room left."))
        return future

    with pytest.raises(StoreFull):
        await Booker(empty_shop.services.dispatcher, full, b"secret").book(batch(*map(invoice, range(1_000))))


async def test_slices_are_small_enough_for_a_till_to_get_in_between() -> None:
    slices = list(booking._slices([invoice(number, lines=30) for number in range(50)]))

    assert max(sum(len(each.lines) for each in part) for part in slices) <= booking.SLICE_LINES
    assert sum(len(part) for part in slices) == 50


async def test_a_till_sells_while_a_batch_is_booked(shop: Shop) -> None:
    importing = asyncio.create_task(booker(shop).book(batch(*[invoice(number, lines=20) for number in range(400)])))
    await asyncio.sleep(0)

    sold = await shop.post("/sales", sale())

    assert sold.status_code == 201, sold.text
    assert sold.json()["position"] < shop.services.writer.head.position or not importing.done()
    await importing


async def test_invoices_come_over_the_control_socket_only(empty_shop: Shop) -> None:
    body: dict[str, list[str]] = {"invoices": [], "products": []}

    assert (await empty_shop.send("POST", "/imports/sales", body)).status_code == 403
    assert (await empty_shop.send("POST", "/imports/sales", body, role=None, local=True)).status_code == 200


async def test_the_store_is_totalled_twice(empty_shop: Shop) -> None:
    await booker(empty_shop).book(batch(invoice(1), invoice(2, lines=2)))

    assert await totals(empty_shop.services.readers) == {"store_total": 600, "documents_total": 600}


# --- the first start ----------------------------------------------------------------------------------------


async def test_the_starter_catalogue_sells(empty_shop: Shop) -> None:
    started = await starter.load(empty_shop.services)

    assert started is not None
    device = empty_shop.services.devices.find(started.token.encode())
    assert device is not None
    assert (device.role, device.register_id) == ("cashier", started.register_id)
    products: Any = json.loads((await empty_shop.send("GET", "/products?limit=100")).text)
    assert len(products["items"]) == started.products == len(starter.PRODUCTS)
    found = await empty_shop.send("GET", f"/products/by-barcode/{started.try_barcode}")
    assert found.status_code == 200


async def test_the_starter_catalogue_is_for_empty_stores_only(empty_shop: Shop) -> None:
    await starter.load(empty_shop.services)
    position = empty_shop.services.writer.head.position

    assert await starter.load(empty_shop.services) is None
    assert empty_shop.services.writer.head.position == position


async def test_the_starter_catalogue_is_loaded_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = (*starter.PRODUCTS[:5], starter.PRODUCTS[5]._replace(barcode="9521000000060"))
    async with serving(tmp_path / "data") as shop:
        monkeypatch.setattr(starter, "PRODUCTS", broken)
        with pytest.raises(Refusal):
            await starter.load(shop.services)

        assert shop.services.writer.head.position == 0
        assert await shop.services.devices.list() == []
