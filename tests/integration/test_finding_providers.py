"""A store that finds its payment provider among the services of head office, over its own link and rights."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
import nats.micro
import pytest

from appliance.sandbox.sandbox import Sandbox, running
from appliance.sync.credentials import read_credentials
from appliance.sync.upstream import Upstream
from tests.support.api import Shop, serving, stocked
from tests.support.fulfilling import order, prepared, until
from tests.support.head_office import HeadOffice, head_office
from tests.support.polling import settled

STORE = "store-1"
UNREACHABLE = "http://127.0.0.1:9"


def payment(name: str) -> Mapping[str, Any]:
    return {"payment": {"adapter": "rest", "address": UNREACHABLE, "discovery": f"nats:{name}", "hosts": ["127.0.0.1"]}}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


@asynccontextmanager
async def offered(office: HeadOffice, sandbox: Sandbox) -> AsyncIterator[None]:
    """The sandbox's payment provider is a service of head office."""
    hq = await nats.connect(office.natsd.url, **read_credentials(office.folder.credentials))
    address = sandbox.rest("payment").rpartition("/")[2]
    await nats.micro.add_service(hq, name="payment", version="1.0.0", metadata={"address": address})
    try:
        yield
    finally:
        await hq.close()


async def connected(shop: Shop) -> Upstream:
    async def there() -> bool:
        return isinstance(shop.services.sync, Upstream) and shop.services.sync.client is not None

    await settled(there)
    assert isinstance(shop.services.sync, Upstream)
    return shop.services.sync


async def test_an_order_is_paid_by_an_instance_that_head_office_s_services_name(
    office: HeadOffice, tmp_path: Path
) -> None:
    sync = {"url": office.natsd.url, "credentials": str(office.folder.seed(STORE))}
    async with running(tmp_path / "ledger.db") as sandbox, offered(office, sandbox):
        async with serving(tmp_path / "data", store={"id": STORE}, sync=sync, integration=payment("payment")) as shop:
            upstream = await connected(shop)
            placed = await order(await stocked(shop), await prepared(shop))
            await until(shop, placed, "confirmed")

            assert upstream.link.refused == 0
        assert [each["operation"] for each in sandbox.ledger.calls()] == ["charge"]


@pytest.mark.parametrize("sync", [{}, {"url": "nats://127.0.0.1:9"}], ids=["no head office", "not in reach"])
async def test_without_head_office_the_configured_address_is_used(tmp_path: Path, sync: Mapping[str, Any]) -> None:
    async with running(tmp_path / "ledger.db") as sandbox:
        chosen = {"payment": {**payment("payment")["payment"], "address": sandbox.rest("payment")}}
        async with serving(tmp_path / "data", sync=sync, integration=chosen) as shop:
            placed = await order(await stocked(shop), await prepared(shop))
            await until(shop, placed, "confirmed")

        assert [each["operation"] for each in sandbox.ledger.calls()] == ["charge"]
