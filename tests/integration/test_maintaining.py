"""Slow work beside a selling store: verification finds what is wrong, says so, and mends what can be mended."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.api.services import Services
from appliance.application.commands import DefineProduct
from appliance.application.ports import Context
from appliance.bootstrap import opened
from appliance.config import ScrubSettings, Settings, StoreSettings
from appliance.errors import SettingsInvalid
from appliance.eventstore.clock import system_clock
from appliance.eventstore.ids import uuid7
from appliance.eventstore.store import Paths
from tests.support.polling import settled


def settings(data: Path, currency: str = "EUR") -> Settings:
    return Settings(data_dir=data, scrub=ScrubSettings(enabled=False), store=StoreSettings(currency=currency))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Services]:
    async with opened(settings(tmp_path)) as services:
        yield services


async def define(services: Services, product_id: str) -> None:
    command = DefineProduct(product_id=product_id, name=product_id, tax_code="standard", price="2.50")
    context = Context(command_id=uuid7(), occurred_at=system_clock(), role="manager")
    await services.dispatcher.dispatch(command, context)


async def verified(services: Services) -> dict[str, Any]:
    await services.maintenance.verify()

    async def finished() -> bool:
        found = services.maintenance.verification()
        return found is not None and found["status"] != "running"

    await settled(finished)
    return services.maintenance.verification() or {}


def damage(paths: Paths, statement: str) -> None:
    db = sqlite3.connect(paths.database)
    db.execute("PRAGMA wal_autocheckpoint=0")
    db.execute(statement)
    db.commit()
    db.close()


async def test_a_whole_store_verifies_clean(store: Services) -> None:
    await define(store, "tea")

    found = await verified(store)

    assert (found["status"], found["problems"]) == ("clean", [])


async def test_a_row_that_is_not_what_the_log_says_is_reported_and_rebuilt(store: Services) -> None:
    await define(store, "tea")
    damage(store.paths, "UPDATE products SET price = '9.99'")

    found = await verified(store)

    assert found["status"] == "damaged"

    async def mended() -> bool:
        rows = await store.readers.rows("price", "SELECT price FROM products")
        return bool(rows == [("2.50",)])

    await settled(mended)
    assert [each["subject"] for each in await store.maintenance.findings()] == ["catalogue"]
    assert (await verified(store))["status"] == "clean"


async def test_a_changed_receipt_is_reported(store: Services) -> None:
    await define(store, "tea")
    damage(
        store.paths,
        "INSERT INTO receipts VALUES ('s', 'k', 'c', x'00', 201, '{}', 1, 1, '2026-11-22T09:30:00.000000Z', 0)",
    )

    found = await verified(store)

    assert [each["kind"] for each in found["problems"]] == ["receipt"]


async def test_a_projection_of_another_version_is_rebuilt_at_the_start(tmp_path: Path) -> None:
    async with opened(settings(tmp_path)) as services:
        await define(services, "tea")
        paths = services.paths
    damage(paths, "UPDATE projections SET version = 99")
    damage(paths, "DELETE FROM products")

    async with opened(settings(tmp_path)) as services:
        assert await services.readers.rows("price", "SELECT price FROM products") == [("2.50",)]


async def test_selling_goes_on_after_a_rebuild_under_load(store: Services) -> None:
    names = [f"tea-{number}" for number in range(200)]
    await define(store, "first")
    await store.maintenance.rebuild(None)
    await asyncio.gather(*(define(store, name) for name in names))

    async def rebuilt() -> bool:
        return all(each["status"] == "live" for each in store.maintenance.projections())

    await settled(rebuilt)

    assert (await verified(store))["status"] == "clean"


async def test_a_store_keeps_the_currency_it_was_begun_with(tmp_path: Path) -> None:
    async with opened(settings(tmp_path)):
        pass

    with pytest.raises(SettingsInvalid, match=r"store\.currency is 'GBP', but this store was begun as 'EUR'"):
        async with opened(settings(tmp_path, currency="GBP")):
            pass


async def test_a_stop_in_the_middle_of_a_verification_is_clean(tmp_path: Path) -> None:
    for round_number in range(20):
        async with opened(settings(tmp_path)) as services:
            await asyncio.gather(*(define(services, f"tea-{round_number}-{number}") for number in range(20)))
            await services.maintenance.verify()
            await asyncio.sleep(0.001 * round_number)

    async with opened(settings(tmp_path)) as services:
        assert (await verified(services))["status"] == "clean"
