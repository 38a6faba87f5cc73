"""A running store and its settings file: what a signal changes, what it refuses, and a start with a broken file."""

import itertools
import json
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.command_line import Backroom, backroom_in
from tests.support.polling import wait_until
from tests.support.running import Running, running
from tests.support.store_config import CONFIG


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    return backroom_in(tmp_path, capsys)


def told(store: Running) -> dict[str, str]:
    """The next line of the journal."""
    assert store.process.stderr is not None
    found: dict[str, str] = json.loads(store.process.stderr.readline()[3:])
    return found


def test_a_signal_takes_over_what_may_change_and_names_what_waits(backroom: Backroom) -> None:
    with running(backroom, "--first-start-catalogue") as store:
        backroom.config.write_text(
            CONFIG + '\n[limits]\nstranger_per_second = 0.1\n[logging]\nlevel = "warning"\n[backup]\nkeep = 3\n'
            "[orders]\npick_days = 3\n[scrub]\nperiod_hours = 1\n[sagas]\nthreads = 2\n"
        )
        store.process.send_signal(signal.SIGHUP)
        assert told(store)["event"] == "switched limits, backup, logging, scrub, orders"
        assert told(store)["event"] == "changed, and in force only after a new start: sagas.threads"

        answers = [httpx.get(f"{store.ready['url']}/health/live").status_code for _ in range(5)]
        assert 429 in answers


def test_the_command_shows_what_the_running_store_answers(backroom: Backroom) -> None:
    with running(backroom, "--first-start-catalogue") as store:
        backroom.config.write_text(CONFIG + "\n[limits]\nconnections = 77\n")
        before = backroom.answer("config", "show")
        store.process.send_signal(signal.SIGHUP)
        assert told(store)["event"] == "switched limits"
        after = backroom.answer("config", "show")
        asked = httpx.get(f"{store.ready['url']}/api/v1/settings", headers=authorised(store))

    assert [each["limits.connections"] for each in (shown(before), shown(after))] == [1024, 77]
    assert (asked.status_code, after["items"][0]["key"]) == (403, "data_dir")


def shown(answer: Any) -> dict[str, Any]:
    return {each["key"]: each["value"] for each in answer["items"]}


def test_a_signal_changes_what_the_next_sale_is_decided_by(backroom: Backroom) -> None:
    with running(backroom, "--first-start-catalogue") as store:
        product = httpx.get(f"{store.ready['url']}/api/v1/products", headers=authorised(store)).json()["items"][0]
        register = httpx.get(f"{store.ready['url']}/api/v1/registers", headers=authorised(store)).json()["items"][0]
        body = {
            "register_id": register["register_id"],
            "currency": "GBP",
            "lines": [{"product_id": product["product_id"], "quantity": "1"}],
            "tenders": [{"type": "cash", "amount": 100_000}],
        }
        before = rates(store, body, "before")
        tax = 'taxes.standard = { rate = "99" }\ntaxes.reduced = { rate = "99" }\ntaxes.zero = { rate = "99" }\n'
        backroom.config.write_text(CONFIG + tax)
        store.process.send_signal(signal.SIGHUP)
        assert told(store)["event"] == "switched store"

        keys = itertools.count()
        wait_until(lambda: rates(store, body, f"after-{next(keys)}") == {"99"}, 30)

        assert before != {"99"}


def rates(store: Running, body: Any, key: str) -> set[str]:
    """Sell, and read which tax rates that was done at."""
    sale_id = store.post("/sales", body, key).json()["sale_id"]
    sold = httpx.get(f"{store.ready['url']}/api/v1/sales/{sale_id}", headers=authorised(store)).json()
    return {part["rate"] for line in sold["lines"] for part in line["tax"]}


def authorised(store: Running) -> dict[str, str]:
    return {"Authorization": f"Bearer {store.ready['token']}"}


def test_another_store_s_settings_are_refused_as_a_whole(backroom: Backroom) -> None:
    with running(backroom, "--first-start-catalogue") as store:
        backroom.config.write_text(CONFIG.replace("GBP", "EUR"))
        store.process.send_signal(signal.SIGHUP)

        assert "store.currency" in told(store)["event"]


def test_a_bad_file_is_refused_by_line_and_the_old_settings_stay(backroom: Backroom) -> None:
    with running(backroom, "--first-start-catalogue") as store:
        backroom.config.write_text(CONFIG + '\n[limits]\nstranger_per_second = "many"\n')
        store.process.send_signal(signal.SIGHUP)
        line = told(store)["event"]

        assert "limits.stranger_per_second" in line
        assert f"{backroom.config} line" in line
        assert httpx.get(f"{store.ready['url']}/health/ready").status_code == 200


@pytest.mark.parametrize(("broken", "line"), [('\n[limits]\nconnections = "many"\n', 9), ("\nthis is no TOML\n", 8)])
def test_a_store_with_a_broken_file_is_read_and_takes_nothing(backroom: Backroom, broken: str, line: int) -> None:
    with running(backroom, "--first-start-catalogue") as store:
        token = store.ready["token"]
        assert store.stop() == 0
    backroom.config.write_text(CONFIG + broken)

    with running(backroom) as store:
        url, authorised = store.ready["url"], {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
        assert httpx.get(f"{url}/api/v1/products", headers=authorised).json()["items"]
        refused = httpx.post(f"{url}/api/v1/sales", json={}, headers=authorised)
        ready, health = httpx.get(f"{url}/health/ready"), httpx.get(f"{url}/health")

        assert refused.status_code == 503
        assert refused.json()["type"].endswith("safe-mode")
        assert str(backroom.config) in refused.json()["detail"]
        assert (ready.status_code, health.status_code) == (503, 503)
        assert "safe_mode" in health.text
        assert httpx.get(f"{url}/health/live").status_code == 200

        page = httpx.get(f"{url}/")
        assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert "safe mode" in page.text
        assert str(backroom.config) in page.text
        assert f"line {line}" in page.text
        assert store.stop() == 0


def test_a_store_that_is_not_there_yet_is_not_begun_with_a_broken_file(backroom: Backroom) -> None:
    backroom.config.write_text(CONFIG + "\n[limits]\nconnections = 1\n")

    said = backroom("run", "--port", "0")
    assert said.code == 1
    assert "limits.connections" in said.err
    assert not backroom.data.exists()


def test_a_plain_sale_logs_nothing(backroom: Backroom) -> None:
    with running(backroom, "--first-start-catalogue") as store:
        products = httpx.get(
            f"{store.ready['url']}/api/v1/products", headers={"Authorization": f"Bearer {store.ready['token']}"}
        ).json()["items"]
        assert products
        assert store.stop() == 0
        assert store.process.stderr is not None
        assert store.process.stderr.read() == ""
