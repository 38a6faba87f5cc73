"""Who may speak to the store: tokens, roles, and the control socket."""

import json

import pytest

from tests.support.api import Shop, fresh_key, sale

OPEN = ("/health", "/health/live", "/health/ready", "/metrics", "/docs", "/docs/problems", "/schema/openapi.json")


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic YWRtaW46YWRtaW4=", "bearer wrong"],
)
async def test_who_has_no_token_is_told_how_to_get_one(shop: Shop, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}

    answer = await shop.get("/sales", role=None, headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (401, "/docs/problems#unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "backroom device add" in answer.json()["hint"]


@pytest.mark.parametrize("path", OPEN)
async def test_what_watches_the_machine_needs_no_token(shop: Shop, path: str) -> None:
    assert (await shop.get(path, role=None)).status_code == 200


@pytest.mark.parametrize(
    ("path", "role", "status"),
    [
        ("/health/live", None, 200),
        ("/health/ready", None, 200),
        ("/metrics", None, 401),
        ("/metrics", "cashier", 403),
        ("/metrics", "supervisor", 200),
        ("/docs", None, 401),
        ("/docs/problems", None, 401),
        ("/schema/openapi.json", None, 401),
        ("/docs", "cashier", 200),
    ],
)
async def test_from_another_machine_less_is_open(shop: Shop, path: str, role: str | None, status: int) -> None:
    forwarded = {"x-forwarded-for": "127.0.0.1", "forwarded": "for=127.0.0.1", "x-real-ip": "127.0.0.1"}

    assert (await shop.get(path, role=role, headers=forwarded, address="192.0.2.7")).status_code == status


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("cashier", "PUT", "/products/tea"),
        ("cashier", "POST", "/stock/adjustments"),
        ("cashier", "GET", "/events"),
        ("cashier", "DELETE", "/customers/ada"),
        ("supervisor", "GET", "/devices"),
        ("hq", "POST", "/sales"),
        ("hq", "GET", "/customers"),
    ],
)
async def test_a_role_is_kept_to_its_work(shop: Shop, role: str, method: str, path: str) -> None:
    answer = await shop.send(method, path, {} if method in ("PUT", "POST") else None, role=role)

    assert (answer.status_code, answer.json()["role"]) == (403, role)
    assert role not in answer.json()["allowed_roles"]


async def test_a_token_is_shown_once_and_kept_as_a_hash(shop: Shop) -> None:
    key, body = fresh_key(), {"device_id": "till-3", "name": "Till 3", "role": "cashier"}

    enrolled = (await shop.post("/devices", body, key=key)).json()
    again = await shop.post("/devices", body, key=key)

    assert enrolled["token"].startswith("bkr_")
    assert (again.status_code, again.json()) == (201, enrolled | {"token": None})
    assert again.headers["idempotent-replayed"] == "true"
    stored = b"".join(path.read_bytes() for path in shop.services.paths.data.iterdir() if path.is_file())
    assert enrolled["token"].encode() not in stored


async def test_a_new_device_may_speak_at_once_until_it_is_revoked(shop: Shop) -> None:
    token = (await shop.post("/devices", {"name": "Till 3", "role": "cashier"})).json()["token"]
    bearer = {"authorization": f"Bearer {token}"}
    device_id = (await shop.get("/devices")).json()["items"][-1]["device_id"]

    before = await shop.get("/sales", role=None, headers=bearer)
    revoked = await shop.send("DELETE", f"/devices/{device_id}")
    after = await shop.get("/sales", role=None, headers=bearer)

    assert (before.status_code, revoked.status_code, after.status_code) == (200, 200, 401)
    assert revoked.json()["revoked_at"]


async def test_a_device_id_is_given_once(shop: Shop) -> None:
    body = {"device_id": "till-3", "name": "Till 3", "role": "cashier"}
    await shop.post("/devices", body)

    answer = await shop.post("/devices", body)

    assert (answer.status_code, answer.json()["type"]) == (409, "/docs/problems#device-exists")


async def test_devices_leave_no_event_in_the_log(shop: Shop) -> None:
    before = shop.position

    await shop.post("/devices", {"name": "Till 3", "role": "cashier"})

    assert shop.position == before


async def test_the_control_socket_needs_no_token(shop: Shop) -> None:
    answer = await shop.post("/sales", sale(), role=None, local=True)

    assert answer.status_code == 201
    record = (await shop.get(f"/events?after={shop.position - 1}")).json()["items"][0]
    assert record["metadata"]["device"] == "control"


async def test_the_control_socket_takes_larger_bodies(shop: Shop) -> None:
    prices = [{"product_id": f"product-{n}", "price": "1.00"} for n in range(30_000)]
    body = {"version": "w1", "valid_from": "2026-01-01T00:00:00Z", "prices": prices}
    assert len(json.dumps(body)) > 1 << 20

    answer = await shop.post("/pricelists", body, role=None, local=True)

    assert (answer.status_code, answer.json()["products"]) == (201, 30_000)


async def test_what_is_not_for_sale_to_strangers_is_not_told_to_them(shop: Shop) -> None:
    """Who has no token learns nothing of what exists."""
    known = await shop.get("/products/tea", role=None)
    unknown = await shop.get("/products/none", role=None)

    assert (known.status_code, unknown.status_code) == (401, 401)
