"""An operator: a person who works on the store's devices, under one role; and what a role may grant or approve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from appliance.domain.events import Event
from appliance.domain.events_access import OperatorAdded, OperatorDisabled, OperatorRoleChanged
from appliance.domain.refusals_access import RoleNotYours
from appliance.domain.text import MAX_NAME, check_choice, check_id, check_text

ROLES: tuple[str, ...] = ("cashier", "supervisor", "manager", "support", "hq")

# Who may make whom what: nobody hands out more than they have.
RANK: Mapping[str, int] = {"cashier": 0, "supervisor": 1, "manager": 2, "support": 3, "hq": 3}

_SUPERVISING = frozenset({"supervisor", "manager", "support"})
APPROVERS: Mapping[str, frozenset[str]] = {
    "void": _SUPERVISING,
    "refund": _SUPERVISING,
    "unlinked_refund": _SUPERVISING,
    "price_override": _SUPERVISING | {"hq"},
    "drawer": _SUPERVISING,
    "export": _SUPERVISING | {"hq"},
    "enrol": _SUPERVISING,
}
"""Action -> the roles that may do it by themselves and approve it for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """An operator as their own stream tells it."""

    operator_id: str
    name: str
    role: str
    active: bool = True


def evolve(state: Operator | None, event: Event) -> Operator:
    """The operator after one more event of their stream."""
    if isinstance(event, OperatorAdded):
        return Operator(operator_id=event.operator_id, name=event.name, role=event.role)
    if state is None:
        msg = f"an operator's stream begins with operator.added, not {type(event).__name__}"
        raise TypeError(msg)
    if isinstance(event, OperatorRoleChanged):
        return replace(state, role=event.role)
    if isinstance(event, OperatorDisabled):
        return replace(state, active=False)
    return state


def add(known: Operator | None, operator_id: str, name: str, role: str, by: str) -> OperatorAdded | None:
    """Make somebody an operator, or let one who was disabled work again; nothing where it is so already."""
    check_id(operator_id, "/operator_id")
    check_text(name, "/name", MAX_NAME, shortest=1)
    check_choice(role, ROLES, "/role")
    may_grant(by, role)
    wanted = Operator(operator_id=operator_id, name=name, role=role)
    if known is not None:
        may_grant(by, known.role)
    return None if known == wanted else OperatorAdded(operator_id=operator_id, name=name, role=role)


def change_role(known: Operator, role: str, by: str) -> OperatorRoleChanged | None:
    """Give an operator another role; nothing where it is theirs already."""
    check_choice(role, ROLES, "/role")
    may_grant(by, role)
    may_grant(by, known.role)
    if known.role == role:
        return None
    return OperatorRoleChanged(operator_id=known.operator_id, role=role, before=known.role)


def disable(known: Operator, reason: str, by: str) -> OperatorDisabled | None:
    """Let nobody in under this name any more; nothing where it is so already."""
    check_text(reason, "/reason")
    may_grant(by, known.role)
    return OperatorDisabled(operator_id=known.operator_id, reason=reason) if known.active else None


def may_grant(by: str, role: str) -> None:
    """Refuse to hand out, change or take away a role above the one who asks."""
    if RANK.get(by, -1) < RANK[role]:
        raise RoleNotYours(f"The role {by} may not give or take the role {role}.", role=by, wanted=role)
