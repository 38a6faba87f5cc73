"""Default deny: every route is asked, cell by cell, what docs/reference/roles.md says of it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.api import role_table
from appliance.api.devices import Device
from appliance.api.endpoint import Endpoint
from appliance.api.endpoints import ENDPOINTS
from appliance.api.openapi_parts import example
from appliance.api.pages import PAGES
from appliance.api.paths import PATH_PARAMETERS, parameter_names
from appliance.api.rates import Rate, Rates
from appliance.api.roles import ROLES
from tests.conftest import REPOSITORY
from tests.support.api import ENROLLED_AT, Following, Shop, serving, stocked
from tests.support.people import ROLES as PEOPLE
from tests.support.people import hire, session

STREAMS = ("stream_events", "stream_changes")
OWN_SESSION = {"get_session", "close_session"}  # they speak of the caller's own session: without one there is none
EVERY = (*ENDPOINTS, *PAGES)


def test_the_table_in_the_docs_is_what_the_routes_say() -> None:
    written = (REPOSITORY / "docs/reference/roles.md").read_text()

    assert written == role_table.markdown(), (
        "write it anew: python -m appliance.api.role_table > docs/reference/roles.md"
    )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Shop]:
    async with serving(tmp_path / "data") as shop:
        await stocked(shop)
        await hire(shop, *PEOPLE)
        shop.services.rates = Rates(Rate(stranger=1e6))  # more is asked here than a stranger may ask
        yield shop


def address(endpoint: Endpoint) -> str:
    """The route with ids of things that are not there, so that who may call it changes nothing."""
    path = endpoint.path
    for name in parameter_names(path):
        path = path.replace(f"{{{name}}}", "none" if name != "code" else str(PATH_PARAMETERS[name]["example"]))
    needed = "&".join(f"{each.name}={each.example}" for each in endpoint.query if each.required)
    return f"{path}?{needed}" if needed else path


def body(endpoint: Endpoint) -> bytes | None:
    return None if endpoint.body is None else json.dumps(example(endpoint.body)).encode()


async def ask(shop: Shop, endpoint: Endpoint, headers: dict[str, str]) -> str:
    """What came of it: "denied" by who asked, or by what is asked for ("approval"), or "let in"."""
    if endpoint.operation in STREAMS:
        return await _follow(shop, endpoint, headers)
    app: Any = shop.app
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    sent = {"content-type": "application/json", "idempotency-key": f"{endpoint.operation}-{len(headers)}", **headers}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        answer = await client.request(endpoint.method, address(endpoint), content=body(endpoint), headers=sent)
    return _read(endpoint, answer, headers)


def _read(endpoint: Endpoint, answer: httpx.Response, headers: dict[str, str]) -> str:
    if answer.status_code not in (401, 403):
        return "let in"
    reason = answer.json()["type"].removeprefix("/docs/problems#")
    own = endpoint.operation in OWN_SESSION and "backroom-session" not in headers and reason == "session-ended"
    if own or reason in ("pin-refused", "code-refused", "role-not-yours"):
        return "let in"
    return "approval" if reason == "approval-required" else "denied"


async def _follow(shop: Shop, endpoint: Endpoint, headers: dict[str, str]) -> str:
    bare = endpoint.path.removeprefix("/api/v1")
    async with Following(shop.app, bare, {name.replace("-", "_"): value for name, value in headers.items()}) as stream:
        return "let in" if stream.status == 200 else "denied"


def expected(endpoint: Endpoint, role: str) -> str:
    words = {role_table.NO: "denied", role_table.APPROVED: "approval"}
    return words.get(role_table.cell(endpoint, role), "let in")


async def test_who_is_nobody_gets_in_nowhere_but_where_it_is_open(store: Shop) -> None:
    revoked = await bearer(store, "till-9", "manager")
    await store.send("DELETE", "/devices/till-9")
    strangers = {
        "no token": {},
        "a wrong token": {"authorization": "Bearer bkr_wrong"},
        "a revoked device": revoked,
        "a wrong session": {**await bearer(store, "till-8", "support"), "backroom-session": "bks_wrong"},
        "a session of another device": {
            **await bearer(store, "till-7", "support"),
            **await session(store, "sven", device="manager"),
        },
        "a session alone": await session(store, "sven", device="manager"),
        "X-Forwarded-For": {"x-forwarded-for": "127.0.0.1", "x-forwarded-user": "support"},
    }
    wrong = {
        f"{who}: {endpoint.operation}": found
        for who, headers in strangers.items()
        for endpoint in EVERY
        if (found := await ask(store, endpoint, headers)) != ("let in" if endpoint.roles is None else "denied")
    }

    assert wrong == {}


@pytest.mark.parametrize("role", ROLES)
async def test_a_device_of_a_role_may_what_the_table_says(store: Shop, role: str) -> None:
    headers = await bearer(store, "till-9", role)
    wrong = {}
    for endpoint in EVERY:
        if expected(endpoint, role) != (found := await ask(store, endpoint, headers)):
            wrong[endpoint.operation] = found

    assert wrong == {}


@pytest.mark.parametrize("role", ROLES)
async def test_an_operator_of_a_role_may_what_the_table_says(store: Shop, role: str) -> None:
    operator = next(name for name, each in PEOPLE.items() if each == role)
    device = {"authorization": f"Bearer {await store.token('manager')}"}
    wrong = {}
    headers = device | await session(store, operator, device="manager")
    for endpoint in EVERY:
        if endpoint.operation == "close_session":
            continue  # it would end what the others need; it is asked last
        if expected(endpoint, role) != (found := await ask(store, endpoint, headers)):
            wrong[endpoint.operation] = found
    ending = next(each for each in ENDPOINTS if each.operation == "close_session")

    assert wrong == {}
    assert await ask(store, ending, headers) == "let in"


async def bearer(shop: Shop, device_id: str, role: str) -> dict[str, str]:
    _, token = await shop.services.devices.add(Device(device_id=device_id, name=device_id, role=role), ENROLLED_AT)
    return {"authorization": f"Bearer {token}"}
