"""Looking after a store over HTTP: health, metrics, views, verification, and what breaks."""

import asyncio
import sqlite3
from typing import Any

import httpx
import pytest

from appliance.api import receive
from appliance.api.health import CHECKS
from appliance.errors import CommandFailed, QueryTimedOut, StoreFull
from appliance.schemas import operations as s
from appliance.schemas.problems import Problem
from tests.support.api import Shop, sale
from tests.support.polling import settled


async def test_a_store_that_works_is_up(shop: Shop) -> None:
    answer = await shop.get("/health", role=None)

    health = s.Health.model_validate(answer.json())
    assert (answer.status_code, health.status) == (200, "up")
    assert [each.name for each in health.components] == list(CHECKS)


async def test_a_store_that_is_stopping_is_alive_but_not_ready(shop: Shop) -> None:
    shop.services.stopping.set()

    ready, live = await shop.get("/health/ready", role=None), await shop.get("/health/live", role=None)

    assert (ready.status_code, ready.json()["status"]) == (503, "down")
    assert (live.status_code, live.json()["status"]) == (200, "up")


async def test_a_full_disk_is_down_and_says_so(shop: Shop) -> None:
    shop.services.writer.stats.full()

    health = s.Health.model_validate((await shop.get("/health", role=None)).json())

    assert (health.status, health.components[0].details["disk_full"]) == ("down", True)


async def test_requests_and_commits_are_measured(shop: Shop) -> None:
    await shop.post("/sales", sale())
    await shop.post("/sales", {})
    await shop.get("/nothing")

    text = (await shop.get("/metrics", role=None)).text

    counted = 'backroom_http_requests_total{method="POST",route="/api/v1/sales",status="%d"} 1.0'
    assert counted % 201 in text
    assert counted % 422 in text
    assert 'route="unrouted",status="404"} 1.0' in text
    assert f"backroom_log_position {shop.position:.1f}" in text
    assert "process_resident_memory_bytes" in text


async def test_every_view_is_listed_and_rebuilt(shop: Shop) -> None:
    listed = s.ProjectionList.model_validate((await shop.get("/projections")).json())

    begun = await shop.post("/projections/all/rebuild")

    assert {each.status for each in listed.items} == {"live"}
    assert begun.status_code == 202

    async def done() -> bool:
        items = s.ProjectionList.model_validate((await shop.get("/projections")).json()).items
        return all(each.status == "live" and each.progress is None for each in items)

    await settled(done)


async def test_a_view_that_is_not_there_is_not_rebuilt(shop: Shop) -> None:
    answer = await shop.post("/projections/none/rebuild")

    assert (answer.status_code, answer.json()["type"]) == (404, "/docs/problems#projection-not-found")
    assert "stock" in answer.json()["known"]


async def test_a_view_that_is_being_built_answers_how_far_it_is(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    progress = {"name": "day_totals", "position": 5, "head": 10, "fraction": 0.5}
    monkeypatch.setattr(shop.services.maintenance, "building", lambda name: progress if name == "day_totals" else None)

    answer, other = await shop.get("/reports/day"), await shop.get("/sales")

    assert (answer.status_code, answer.json()["progress"]) == (503, progress)
    assert int(answer.headers["retry-after"]) > 0
    assert other.status_code == 200


async def test_a_store_is_verified(shop: Shop) -> None:
    begun = await shop.post("/verify")
    assert begun.status_code == 202

    async def done() -> bool:
        return bool((await shop.get("/verify")).json()["status"] != "running")

    await settled(done)
    found = s.Verification.model_validate((await shop.get("/verify")).json())
    assert (found.status, found.problems) == ("clean", [])
    assert s.FindingList.model_validate((await shop.get("/findings")).json()).items == []


async def test_a_database_that_cannot_be_read_is_down_and_no_defect(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreadable(*_: Any, **__: Any) -> Any:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(type(shop.services.readers), "rows", unreadable)

    answer = await shop.get("/health/ready", role=None)

    health = s.Health.model_validate(answer.json())
    assert (answer.status_code, health.status) == (503, "down")
    assert health.components[1].details == {"problem": "disk I/O error"}


async def _failing(*_: Any, **__: Any) -> Any:
    raise StoreFull("There is no room left on the disk of the data directory.")


async def test_a_till_is_told_when_the_disk_is_full(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(shop.services.dispatcher), "dispatch", _failing)

    answer = await shop.post("/sales", sale())

    assert (answer.status_code, answer.json()["type"]) == (507, "/docs/problems#disk-full")


async def test_a_defect_of_ours_is_a_problem_without_its_inside(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> Any:
        message = "a secret of the inside"
        raise RuntimeError(message)

    monkeypatch.setattr(type(shop.services.dispatcher), "dispatch", broken)

    answer = await shop.post("/sales", sale())

    problem = Problem.model_validate(answer.json())
    assert (answer.status_code, problem.type) == (500, "/docs/problems#internal-error")
    assert "secret" not in answer.text


async def test_a_command_that_breaks_is_a_problem_that_says_nothing_was_booked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> Any:
        raise CommandFailed("KeyError: the command was rolled back and nothing was booked.")

    monkeypatch.setattr(type(shop.services.dispatcher), "dispatch", broken)

    answer = await shop.post("/sales", sale())

    assert (answer.status_code, answer.json()["type"]) == (500, "/docs/problems#command-failed")


async def test_a_read_that_takes_too_long_is_cut_off_with_a_problem(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(*_: Any, **__: Any) -> Any:
        raise QueryTimedOut("The question products was cut off after 2 seconds.")

    monkeypatch.setattr(type(shop.services.readers), "rows", slow)

    answer = await shop.get("/products")

    assert (answer.status_code, answer.json()["type"]) == (503, "/docs/problems#query-timed-out")


async def test_a_body_that_trickles_is_cut_off(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive, "RECEIVE_SECONDS", 0.05)
    sent: list[dict[str, Any]] = []
    token = await shop.token("cashier")
    first = {"type": "http.request", "body": b"{", "more_body": True}
    messages = [first]

    async def trickle() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await asyncio.Event().wait()
        return {}

    async def keep(message: Any) -> None:
        sent.append(message)

    request = httpx.Request("POST", "http://127.0.0.1:8080/api/v1/sales")
    headers = [(b"authorization", f"Bearer {token}".encode()), (b"idempotency-key", b"k")]
    scope: Any = {
        "type": "http",
        "method": "POST",
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": b"",
        "headers": headers,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "root_path": "",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8080),
        "state": {},
    }
    app: Any = shop.app
    await app(scope, trickle, keep)

    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]


async def test_the_reference_is_whole_without_a_network(shop: Shop) -> None:
    pages = [(await shop.get(path, role=None)) for path in ("/docs", "/docs/problems")]

    for page in pages:
        assert page.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert not any(mark in page.text for mark in ("<script", "<link", "<img", "@import", "url("))
