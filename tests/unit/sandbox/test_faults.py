"""What shall go wrong is said in advance, drawn from a seed, and nothing else goes wrong."""

from typing import Any

import pytest

from appliance.sandbox.faults import BadFault, Plan


def drawn(seed: int, *wishes: dict[str, Any], calls: int = 50) -> list[str | None]:
    plan = Plan(seed)
    for wish in wishes:
        plan.add(wish)
    return [plan.draw("payment", "charge") for _ in range(calls)]


def test_without_a_wish_nothing_goes_wrong() -> None:
    assert set(drawn(1)) == {None}


def test_a_counted_fault_comes_so_often_and_then_no_more() -> None:
    assert drawn(1, {"fault": "decline", "count": 2}, calls=4) == ["decline", "decline", None, None]


def test_a_fault_for_one_operation_meets_no_other() -> None:
    plan = Plan()
    plan.add({"provider": "payment", "operation": "refund", "fault": "error"})

    assert plan.draw("payment", "charge") is None
    assert plan.draw("inventory", "reserve") is None
    assert plan.draw("payment", "refund") == "error"


def test_the_same_seed_draws_the_same_and_another_draws_another() -> None:
    wish = {"fault": "reset", "probability": 0.5}

    assert drawn(1, wish) == drawn(1, wish)
    assert drawn(1, wish) != drawn(2, wish)
    assert set(drawn(1, wish)) == {"reset", None}


def test_what_another_provider_is_asked_changes_nothing() -> None:
    plan = Plan(1)
    plan.add({"fault": "reset", "probability": 0.5})
    with_others = [(plan.draw("inventory", "reserve"), plan.draw("payment", "charge"))[1] for _ in range(50)]

    assert with_others == drawn(1, {"fault": "reset", "probability": 0.5})


def test_a_wrong_amount_meets_only_what_has_an_amount() -> None:
    plan = Plan()
    plan.add({"fault": "wrong_amount"})

    assert plan.draw("shipping", "create") is None
    assert plan.draw("payment", "charge") == "wrong_amount"


@pytest.mark.parametrize(
    "wish",
    [
        {"fault": "explode"},
        {"fault": "error", "provider": "bank"},
        {"fault": "error", "operation": "steal"},
        {"fault": "error", "count": 0},
        {"fault": "error", "count": True},
        {"fault": "error", "probability": 0},
        {"fault": "error", "probability": 2},
        {"fault": "error", "sometimes": 1},
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(wish: dict[str, Any]) -> None:
    with pytest.raises(BadFault):
        Plan().add(wish)
