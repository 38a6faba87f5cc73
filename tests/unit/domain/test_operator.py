"""Operators: added, given roles, disabled; nobody hands out more than they have."""

import pytest

from appliance.domain import operator as operators
from appliance.domain.events_access import OperatorAdded, OperatorDisabled, OperatorPinSet, OperatorRoleChanged
from appliance.domain.operator import APPROVERS, RANK, ROLES, Operator, may_grant
from appliance.domain.refusals import InvalidChoice, InvalidId, InvalidText
from appliance.domain.refusals_access import RoleNotYours

ANNA = Operator(operator_id="anna", name="Anna", role="supervisor")
ADDED = OperatorAdded(operator_id="anna", name="Anna", role="supervisor")


def test_an_operator_is_what_their_events_say() -> None:
    state = operators.evolve(None, ADDED)
    for event in (
        OperatorPinSet(operator_id="anna"),
        OperatorRoleChanged(operator_id="anna", role="manager", before="supervisor"),
        OperatorDisabled(operator_id="anna"),
    ):
        state = operators.evolve(state, event)

    assert state == Operator(operator_id="anna", name="Anna", role="manager", active=False)
    assert operators.evolve(state, ADDED) == ANNA


def test_a_stream_that_begins_otherwise_is_none_of_an_operator_s() -> None:
    with pytest.raises(TypeError):
        operators.evolve(None, OperatorDisabled(operator_id="anna"))


def test_what_is_so_already_is_no_event() -> None:
    assert operators.add(ANNA, "anna", "Anna", "supervisor", "manager") is None
    assert operators.change_role(ANNA, "supervisor", "manager") is None
    assert operators.disable(operators.evolve(ANNA, OperatorDisabled(operator_id="anna")), "", "manager") is None


def test_head_office_adds_whom_it_knows() -> None:
    assert operators.add(None, "anna", "Anna", "supervisor", "hq") == ADDED


@pytest.mark.parametrize(
    ("operator_id", "name", "role", "refusal"),
    [
        ("an na", "Anna", "cashier", InvalidId),
        ("anna", "", "cashier", InvalidText),
        ("anna", "\x1b[2J", "cashier", InvalidText),
        ("anna", "Anna", "owner", InvalidChoice),
    ],
)
def test_words_that_are_none_are_refused(operator_id: str, name: str, role: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        operators.add(None, operator_id, name, role, "support")


@pytest.mark.parametrize("by", ["cashier", "supervisor", "manager", "support", "hq", "system", "nobody"])
@pytest.mark.parametrize("role", ROLES)
def test_nobody_hands_out_more_than_they_have(by: str, role: str) -> None:
    if RANK.get(by, -1) >= RANK[role]:
        may_grant(by, role)
    else:
        with pytest.raises(RoleNotYours):
            may_grant(by, role)


def test_who_is_above_is_not_changed_from_below() -> None:
    support = Operator(operator_id="sven", name="Sven", role="support")
    with pytest.raises(RoleNotYours):
        operators.change_role(support, "cashier", "manager")
    with pytest.raises(RoleNotYours):
        operators.disable(support, "", "manager")
    with pytest.raises(RoleNotYours):
        operators.add(support, "sven", "Sven", "cashier", "manager")


def test_a_cashier_approves_nothing() -> None:
    assert all("cashier" not in roles for roles in APPROVERS.values())
