"""The store and the sandbox as two programs side by side: an order from curl to confirmed, and a switch by signal."""

import json
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.command_line import Backroom, backroom_in
from tests.support.fulfilling import ADDRESS
from tests.support.polling import wait_until
from tests.support.running import Running, running
from tests.support.sandboxes import Beside, beside
from tests.support.store_config import CONFIG


def pointed(backroom: Backroom, sandbox: Beside, adapter: str) -> None:
    """Write the settings that the sandbox tells a newcomer to write."""
    ports = [
        f'[integration.{port}]\nadapter = "{adapter}"\naddress = "{address}"\n'
        for port, address in sandbox.said[adapter].items()
    ]
    backroom.config.write_text(CONFIG + "\n" + "\n".join(ports))


def ordered(store: Running, number: int) -> str:
    """Place an order as any client would; its id."""
    name = {"name": f"Ada {number}", "email": "ada@example.org"}
    customer = store.post("/customers", name, f"customer-{number}").json()["customer_id"]
    products = httpx.get(f"{store.ready['url']}/api/v1/products", headers=authorised(store)).json()["items"]
    items = [{"product_id": products[0]["product_id"], "quantity": "1"}]
    body = {"customer_id": customer, "kind": "delivery", "items": items, "shipping_address": ADDRESS}
    answer = store.post("/orders", body, f"order-{number}")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["order_id"])


def authorised(store: Running) -> dict[str, str]:
    return {"Authorization": f"Bearer {store.ready['token']}"}


def reached(store: Running, order_id: str, status: str) -> Any:
    def looked() -> Any:
        found = httpx.get(f"{store.ready['url']}/api/v1/orders/{order_id}", headers=authorised(store)).json()
        return found if found["status"] == status else None

    return wait_until(looked, 30)


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    return backroom_in(tmp_path, capsys)


def test_an_order_goes_from_curl_to_confirmed_and_providers_are_switched_by_a_signal(
    backroom: Backroom, tmp_path: Path
) -> None:
    with beside(tmp_path) as sandbox:
        pointed(backroom, sandbox, "rest")
        with running(backroom, "--first-start-catalogue") as store:
            first = ordered(store, 1)
            reached(store, first, "confirmed")

            pointed(backroom, sandbox, "grpc")
            store.process.send_signal(signal.SIGHUP)
            assert store.process.stderr is not None
            assert "switched inventory, payment, shipping, notification" in store.process.stderr.readline()
            second = ordered(store, 2)
            reached(store, second, "confirmed")

            backroom.config.write_text(CONFIG + '[integration.payment]\nadapter = "rest"\naddress = "nowhere"\n')
            store.process.send_signal(signal.SIGHUP)
            assert "nothing is switched" in store.process.stderr.readline()
            reached(store, ordered(store, 3), "confirmed")
            health = httpx.get(f"{store.ready['url']}/health").json()
            assert store.stop() == 0

        judged = sandbox.control("GET", "/ledger")["verdict"]

    adapters = {each["name"]: each for each in health["components"]}["outside"]["details"]
    assert adapters["payment"] | {"in_flight": 0} == {
        "adapter": "grpc",
        "breaker": "closed",
        "retry_after_s": 0.0,
        "in_flight": 0,
    }
    assert len(judged["kept_by_order"]) == 3
    assert {first, second} <= set(judged["kept_by_order"])
    assert judged["problems"] == []


def test_settings_of_a_provider_that_cannot_be_used_are_named_at_the_start(backroom: Backroom) -> None:
    backroom.config.write_text(CONFIG + '[integration.payment]\nadapter = "rest"\naddress = "http://example.org:80"\n')

    said = backroom("config", "check")

    assert said.code == 1
    assert "integration.payment" in said.err
    assert "without TLS" in said.err
    assert json.dumps(said.err).count("\\n") == 1
