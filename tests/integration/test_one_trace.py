"""An order is one trace and one correlation id, from the till to head office: five real processes, nothing replaced."""

import asyncio
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.command_line import Backroom, backroom_in
from tests.support.head_office import HeadOffice, head_office
from tests.support.polling import wait_until
from tests.support.running import Running, running
from tests.support.sandboxes import Beside, beside
from tests.support.syncing import STORE, stream_of
from tests.support.traces import Receiver, receiver

TRACE = "0af7651916cd43dd8448eb211c80319c"
TILL_SPAN = "b7ad6b7169203331"
TILL = f"00-{TRACE}-{TILL_SPAN}-01"
ADDRESS = {"street": "Hauptstr. 1", "city": "Berlin", "state": "BE", "country": "DE", "postal_code": "10115"}
PERSON = {"name": "Ada Example", "email": "ada@example.org", "phone": "030 1234"}
WAIT_SECONDS = 45.0

# Whose child each span is, as a receiver shows it: the till's own is the root.
TREE = {
    "backroom: POST /api/v1/orders": "",
    "backroom: command CreateOrder": "backroom: POST /api/v1/orders",
    "backroom: writer CreateOrder": "backroom: command CreateOrder",
    "backroom: saga order_fulfilment validate_order": "backroom: command CreateOrder",
    "backroom: saga order_fulfilment process_payment": "backroom: command CreateOrder",
    "backroom: saga order_fulfilment create_shipment": "backroom: command CreateOrder",
    "backroom: call payment charge": "backroom: saga order_fulfilment process_payment",
    "backroom: call shipping create": "backroom: saga order_fulfilment create_shipment",
    "backroom: publish order.created": "backroom: command CreateOrder",
    "backroom: publish sale.completed": "backroom: command CreateOrder",
    "backroom-hq: consume order.created": "backroom: publish order.created",
    "backroom-hq: consume sale.completed": "backroom: publish sale.completed",
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    return backroom_in(tmp_path, capsys)


def settings(office: HeadOffice, outside: Beside, url: str) -> str:
    """A store that is traced, has a head office, and whose providers are other people's."""
    ports = "".join(
        f'[integration.{port}]\nadapter = "rest"\naddress = "{address}"\n'
        for port, address in outside.said["rest"].items()
    )
    sync = f'[sync]\nurl = "{office.natsd.url}"\ncredentials = "{office.folder.seed(STORE)}"\n'
    return f'machine_id = "test"\n[store]\nid = "{STORE}"\n[tracing]\nendpoint = "{url}"\n{sync}{ports}'


class Till:
    """Speaks to a store as a till that traces does."""

    def __init__(self, store: Running) -> None:
        self._url = f"{store.ready['url']}/api/v1"
        self._token = store.ready["token"]

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One request that has to work."""
        given = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": str(uuid.uuid4())}
        answer = httpx.request(method, f"{self._url}{path}", json=body, headers={**given, **headers}, timeout=30)
        assert answer.is_success, answer.text
        return answer

    def order(self) -> httpx.Response:
        """A delivery of the first product, within the till's own span."""
        product = self.send("GET", "/products?limit=1").json()["items"][0]["product_id"]
        customer = self.send("POST", "/customers", PERSON).json()["customer_id"]
        body = {"customer_id": customer, "items": [{"product_id": product, "quantity": "1"}]}
        return self.send("POST", "/orders", body | {"shipping_address": ADDRESS}, traceparent=TILL)

    def confirmed(self, order_id: str) -> bool:
        """Whether the order has gone all its way."""
        return bool(self.send("GET", f"/orders/{order_id}").json()["status"] == "confirmed")


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_an_order_is_one_trace_and_one_correlation_id_from_the_till_to_head_office(
    office: HeadOffice, backroom: Backroom, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    with receiver() as spans, beside(tmp_path) as outside:
        backroom.config.write_text(settings(office, outside, spans.url))
        once = {"operation": "charge", "fault": "error", "count": 1}
        assert outside.control("POST", "/control/faults", once)["status"] == 201
        with journal.open("w") as stderr, running(backroom, "--first-start-catalogue", stderr=stderr) as store:
            till = Till(store)
            placed = till.order()
            wait_until(lambda: till.confirmed(placed.json()["order_id"]), WAIT_SECONDS)
            wait_until(lambda: backroom.answer("sync", "status")["backlog"]["events"] == 0, WAIT_SECONDS)
            assert store.stop() == 0
        _consume(backroom, office, tmp_path, spans)
        found = spans.of(TRACE)

    by_id = {each.span_id: name for name, each in found.items()}
    assert {name: by_id.get(found[name].parent, "") for name in TREE if name in found} == TREE
    assert found["backroom: POST /api/v1/orders"].parent == TILL_SPAN

    correlation = placed.headers["x-request-id"]
    records = [json.loads(each.body) for each in asyncio.run(stream_of(office.server))[1]]
    ours = [each for each in records if each["metadata"]["correlation_id"] == correlation]
    lines = [json.loads(line[3:]) for line in journal.read_text().splitlines()]
    assert {"order.created", "saga.started", "sale.completed", "order.confirmed"} <= {each["type"] for each in ours}
    assert {each["metadata"]["traceparent"].split("-")[1] for each in ours} == {TRACE}
    assert [each["correlation_id"] for each in lines if "process_payment" in each["event"]] == [correlation]


def _consume(backroom: Backroom, office: HeadOffice, folder: Path, spans: Receiver) -> None:
    """As head office does, in the same way as its people."""
    backroom.ok(
        "hq", "consume", "--once", "--folder", office.folder.path, "--server", office.natsd.url,
        "--database", folder / "reporting.db", "--traces-to", spans.url,
    )  # fmt: skip
