"""Operators: added, given another role, disabled. Whatever makes a session wrong ends it in the same transaction."""

from __future__ import annotations

from appliance.application.commands_access import AddOperator, ChangeOperatorRole, DisableOperator
from appliance.application.ports import Context, Outcome, UnitOfWork
from appliance.domain import operator as operators
from appliance.domain.events import Event
from appliance.domain.operator import Operator
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals_access import OperatorNotFound
from appliance.domain.text import MAX_ID


def add_operator(command: AddOperator, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Make somebody an operator; they get in once a PIN is set."""
    known, _ = uow.load(stream_of(command.operator_id), Operator, operators.evolve)
    event = operators.add(known, command.operator_id, command.name, command.role, context.role)
    return _decided(uow, context, command.operator_id, event, status=201 if known is None else 200)


def change_role(command: ChangeOperatorRole, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Give an operator another role."""
    event = operators.change_role(load_operator(uow, command.operator_id), command.role, context.role)
    return _decided(uow, context, command.operator_id, event)


def disable_operator(command: DisableOperator, uow: UnitOfWork, context: Context, policy: StorePolicy) -> Outcome:  # noqa: ARG001  handlers are called alike
    """Let an operator in no more."""
    event = operators.disable(load_operator(uow, command.operator_id), command.reason, context.role)
    if event is not None:
        uow.execute("DELETE FROM operator_pins WHERE operator_id = ?", (command.operator_id,))
    return _decided(uow, context, command.operator_id, event)


def load_operator(uow: UnitOfWork, operator_id: str) -> Operator:
    """The operator a request addresses. Raises OperatorNotFound."""
    operator, _ = uow.load(stream_of(operator_id), Operator, operators.evolve)
    if operator is None:
        raise OperatorNotFound(f"There is no operator {operator_id[:MAX_ID]!r}.")
    return operator


def stream_of(operator_id: str) -> str:
    """The stream that tells of an operator."""
    return f"operator-{operator_id}"


def _decided(uow: UnitOfWork, context: Context, operator_id: str, event: Event | None, status: int = 200) -> Outcome:
    ids = {"operator_id": operator_id}
    if event is None:
        return Outcome(status=200, ids=ids)
    uow.execute("DELETE FROM sessions WHERE operator_id = ?", (operator_id,))
    uow.execute("DELETE FROM approvals WHERE approved_by = ?", (operator_id,))
    recorded = uow.append(stream_of(operator_id), event, context=context)
    return Outcome(status=status, ids=ids, events=recorded)
