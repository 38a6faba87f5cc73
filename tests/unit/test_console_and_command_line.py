"""Whatever the console can change, the command line can: no room is the only way to do something."""

import click
import pytest

from appliance.api.endpoints import ENDPOINTS
from appliance.cli.root import root

PREFIX = "/api/v1"
# Every write that a room may send, and the verb that does the same for scripts and for those who cannot see a screen.
WRITES: dict[str, str] = {
    "POST /sales": "sales ring",
    "POST /sales/{sale_id}/void": "sales void",
    "POST /sales/{sale_id}/refunds": "sales refund",
    "POST /refunds": "refunds create",
    "POST /orders": "orders create",
    "POST /orders/{order_id}/cancel": "orders cancel",
    "POST /orders/{order_id}/pick": "orders pick",
    "POST /orders/{order_id}/handover": "orders handover",
    "PUT /products/{product_id}": "products set",
    "POST /pricelists": "pricelists load",
    "POST /stock/receipts": "stock receive",
    "POST /stock/counts": "stock count",
    "POST /stock/adjustments": "stock adjust",
    "POST /customers": "customers add",
    "DELETE /customers/{customer_id}": "customers erase",
    "PUT /registers/{register_id}": "registers add",
    "POST /registers/{register_id}/drawer/open": "registers drawer open",
    "POST /registers/{register_id}/drawer/paid-in": "registers drawer paid-in",
    "POST /registers/{register_id}/drawer/paid-out": "registers drawer paid-out",
    "POST /registers/{register_id}/drawer/count": "registers drawer count",
    "POST /registers/{register_id}/drawer/close": "registers drawer close",
    "POST /devices": "device add",
    "DELETE /devices/{device_id}": "device revoke",
    "POST /enrolment-codes": "device enrol",
    "POST /operators": "operator add",
    "PUT /operators/{operator_id}/role": "operator set-role",
    "DELETE /operators/{operator_id}": "operator disable",
    "PUT /operators/{operator_id}/pin": "operator set-pin",
    "POST /operators/{operator_id}/pin-codes": "operator set-pin",
    "POST /projections/{name}/rebuild": "projections rebuild",
    "POST /verify": "verify",
    "POST /backups": "backup create",
    "POST /imports/sales": "import sales",
    "POST /sagas/{saga_id}/retry": "sagas retry",
    "POST /sagas/{saga_id}/compensate": "sagas compensate",
    "POST /sagas/{saga_id}/skip": "sagas skip",
    "POST /dead-letters/{message_id}/retry": "dead-letters retry",
    "POST /dead-letters/{message_id}/discard": "dead-letters discard",
    "POST /sync/pause": "sync pause",
    "POST /sync/resume": "sync resume",
    "POST /sync/compare": "sync compare",
    "POST /problems/{problem_id}/fix": "problems fix",
    "POST /problems/{problem_id}/resolve": "problems resolve",
}
# What has no verb, and why.
NONE: dict[str, str] = {
    "PUT /customers/{customer_id}": "no room changes a customer",
    "POST /enrolments": "a device enrols itself; the command line needs no token",
    "POST /sessions": "whoever can open the control socket needs no PIN",
    "DELETE /sessions/current": "the same",
    "POST /approvals": "the same",
    "POST /pins": "an operator sets their own PIN at a device; the owner has operator set-pin",
}


def command(path: str) -> click.Command:
    """The command of this name."""
    found: click.Command = root
    for name in path.split():
        assert isinstance(found, click.Group), path
        inner = found.get_command(click.Context(found), name)
        assert inner is not None, path
        found = inner
    return found


def test_every_write_of_the_store_has_a_verb_or_a_reason_to_have_none() -> None:
    written = {f"{each.method} {each.path.removeprefix(PREFIX)}" for each in ENDPOINTS if each.method != "GET"}

    assert written == set(WRITES) | set(NONE)


@pytest.mark.parametrize("verb", sorted(set(WRITES.values())))
def test_the_verb_exists_and_answers_programs(verb: str) -> None:
    options = {option for parameter in command(verb).params for option in parameter.opts}

    assert "--json" in options
