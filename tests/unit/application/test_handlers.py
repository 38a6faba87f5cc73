"""The index of what the store can do is whole."""

import typing

from appliance.application.commands import Command
from appliance.application.handlers import HANDLERS
from appliance.domain import refusals


def test_every_command_has_a_handler() -> None:
    assert set(HANDLERS) == set(typing.get_args(Command))


def test_every_reason_to_refuse_has_a_code_of_its_own_and_a_next_step() -> None:
    reasons = [
        each for each in vars(refusals).values() if isinstance(each, type) and issubclass(each, refusals.Refusal)
    ]

    assert len({each.code for each in reasons}) == len(reasons)
    assert all(each.title and each.hint.endswith(".") and 400 <= each.status < 500 for each in reasons)


def test_a_refusal_points_from_the_root_of_the_request() -> None:
    refusal = refusals.InvalidQuantity("no", at="/quantity").within("/lines/3")

    assert refusal.at == "/lines/3/quantity"
    assert refusals.InvalidQuantity("no").within("/lines/3").at == "/lines/3"
