"""What the description says is what is served: every operation under generated requests, good and bad."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from appliance.api.openapi import document
from tests.support.api import Shop, sale, stocked
from tests.support.api_server import Prepare, Running, running

# A stream has no end to compare with; its own tests follow it.
LIVE = ["stream_events", "stream_changes"]
EXAMPLES = 25
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

schema = schemathesis.openapi.from_dict(document()).exclude(operation_id=LIVE)


class Examples(Prepare):
    """A store that has what the description's examples speak of."""

    role = "support"

    async def __call__(self, shop: Shop) -> None:
        """Registers, products, a sale."""
        await stocked(shop)
        body = {"name": "Coffee", "tax_code": "standard", "price": "8.99"}
        assert (await shop.put("/products/coffee-beans-250g", body)).status_code == 201
        assert (await shop.post("/sales", sale())).status_code == 201
        device = {"device_id": "till-1-tablet", "name": "Till", "role": "cashier"}
        assert (await shop.post("/devices", device)).status_code == 201


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("described") / "data", Examples()) as found:
        yield found


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_an_operation_answers_what_is_described(case: schemathesis.Case[Any], server: Running) -> None:
    headers = {"Authorization": f"Bearer {server.token}"}

    case.call_and_validate(base_url=server.url, headers=headers, checks=list(CHECKS))
