"""The search for what is left of an erased person finds it where a part of the erasure is left out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance import maintenance
from appliance.api.services import Services
from appliance.eventstore.checkpoints import Checkpointer
from tests.integration.test_erasing import PERSON, key_of, remains
from tests.support.api import Shop, serving, stocked

Plant = Callable[[pytest.MonkeyPatch], None]


class _Unmerged:
    """An index whose erased words stay where they are."""

    def __init__(self, *_: Any) -> None:
        return

    def step(self, *_: Any) -> bool:
        return True


def nothing(_: pytest.MonkeyPatch) -> None:
    return


def the_index_is_not_merged(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(maintenance, "Optimize", _Unmerged)


def the_write_ahead_log_is_not_emptied(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Checkpointer, "purge", lambda *_: True)


def deleted_rows_are_not_overwritten(patch: pytest.MonkeyPatch) -> None:
    """Switched off on the writer's connection, which is there by then."""


async def _without_overwriting(services: Services) -> None:
    await services.writer.run(lambda uow: uow._group.db.execute("PRAGMA secure_delete=OFF").fetchall())


@pytest.mark.parametrize(
    ("plant", "found"),
    [
        (nothing, False),
        (the_index_is_not_merged, True),
        (the_write_ahead_log_is_not_emptied, True),
        (deleted_rows_are_not_overwritten, True),
    ],
)
async def test_what_is_left_out_of_an_erasure_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plant: Plant, found: bool
) -> None:
    data = tmp_path / "data"
    plant(monkeypatch)
    async with serving(data, sagas={"enabled": False}, scrub={"enabled": False}) as shop:
        await stocked(shop)
        if plant is deleted_rows_are_not_overwritten:
            await _without_overwriting(shop.services)
        customer, key = await _known(shop, data)
        assert remains(data, key)
        assert (await shop.send("DELETE", f"/customers/{customer}")).status_code == 200
        keeper: Any = shop.services.maintenance
        await keeper._purge.run()

        assert bool(remains(data, key)) is found


async def _known(shop: Shop, data: Path) -> tuple[str, bytes]:
    customer = str((await shop.post("/customers", PERSON)).json()["customer_id"])
    return customer, key_of(data, customer)
