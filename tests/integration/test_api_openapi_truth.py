"""What the description says is what is served, to every role: each operation under generated requests, good and bad."""

import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from appliance.api.endpoints import ENDPOINTS
from appliance.api.openapi import document
from appliance.api.role_table import NO, cell
from appliance.api.roles import ROLES
from tests.faults.support.scale import allowed, scaled
from tests.support.api import Shop, sale, stocked
from tests.support.api_server import Prepare, Running, running

# A stream has no end to compare with; its own tests follow it.
LIVE = ["stream_events", "stream_changes"]
EXAMPLES = 20  # an operation; BACKROOM_FAULT_SCALE=10 makes ten times as many
MOST = "support"  # may most, and so gets furthest: every request is its, and each is another role's as well
OTHERS = tuple(role for role in ROLES if role != MOST)
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
KEY = "Idempotency-Key"
REFUSED = {(each.method, each.operation): {role for role in ROLES if cell(each, role) == NO} for each in ENDPOINTS}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(allowed(300))]

schema = schemathesis.openapi.from_dict(document()).exclude(operation_id=LIVE)


class Examples(Prepare):
    """A store that has what the description's examples speak of, and a device of each role."""

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}

    async def __call__(self, shop: Shop) -> None:
        """Registers, products, a sale."""
        await stocked(shop)
        body = {"name": "Coffee", "tax_code": "standard", "price": "8.99"}
        assert (await shop.put("/products/coffee-beans-250g", body)).status_code == 201
        assert (await shop.post("/sales", sale())).status_code == 201
        device = {"device_id": "till-1-tablet", "name": "Till", "role": "cashier"}
        assert (await shop.post("/devices", device)).status_code == 201
        self.tokens = {role: await shop.token(role) for role in ROLES}


@pytest.fixture(scope="module")
def people() -> Examples:
    return Examples()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, people: Examples) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("described") / "data", people) as found:
        yield found
        for role, token in people.tokens.items():  # nothing generated may have locked one of them out unnoticed
            answer = requests.get(f"{found.url}/api/v1/registers", headers=bearer(token), timeout=30)
            assert answer.status_code == 200, role


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def tried_by(case: schemathesis.Case[Any]) -> tuple[str, str]:
    """Who sends it: drawn from what it says, so that it is the same ones when it is repeated."""
    said = repr((case.path_parameters, case.query, case.body))
    return MOST, OTHERS[zlib.crc32(said.encode(errors="replace")) % len(OTHERS)]


def of_its_own(case: schemathesis.Case[Any], role: str) -> Mapping[str, str]:
    """A key that another role has not used; a bad one stays as it is."""
    sent: Mapping[str, Any] = case.headers or {}
    key = sent.get(KEY)
    return {KEY: f"{key}-{role}"} if isinstance(key, str) and key.isascii() and key.isprintable() and key else {}


@schema.parametrize()
@settings(max_examples=scaled(EXAMPLES), deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_an_operation_answers_every_role_what_is_described(
    case: schemathesis.Case[Any], server: Running, people: Examples
) -> None:
    refused = REFUSED.get((case.method, case.operation.definition.raw["operationId"]), set())  # OPTIONS is tried too
    for role in tried_by(case):
        headers = {**bearer(people.tokens[role]), **of_its_own(case, role)}

        answer = case.call_and_validate(base_url=server.url, headers=headers, checks=list(CHECKS))

        assert answer.status_code >= 400 or role not in refused, f"{role} may not, and got {answer.status_code}"
