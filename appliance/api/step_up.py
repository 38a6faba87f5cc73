"""Actions that one person alone may not do: whose name stands for it, and the approval of a second one.

A name is proven by a session (the operator's own PIN on this device) or by an approval (the approver's PIN, for this
one action). Where the store has operators (`access.step_up`), only proven names approve anything. Where it has none,
or by setting, a till that signs its people on by itself is taken at its word: its `operator` and `approved_by` are
free text, as the contract for plain tills has it. A session's operator always goes before what the body says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from appliance.access import approvals
from appliance.access.approvals import Approver
from appliance.access.refusals import ApprovalRequired
from appliance.domain.operator import APPROVERS

if TYPE_CHECKING:
    from appliance.api.call import Call
    from appliance.application.ports import UnitOfWork

HEADER = b"backroom-approval"


@dataclass(frozen=True, slots=True)
class Guard:
    """What an endpoint asks for: an action's approval always, or only where a request claims one.

    `trusting` says that plain tills may do without while nobody could approve.
    """

    action: str
    always: bool = True
    trusting: bool = True


class Admission:
    """Who stands behind one request; asked on the writer thread, in the transaction of what it lets in."""

    __slots__ = ("_call", "_guard")

    def __init__(self, call: Call, guard: Guard) -> None:
        self._call = call
        self._guard = guard

    def __call__(self, uow: UnitOfWork, command: Any) -> Any:
        """The command under proven names. Raises ApprovalRequired, ApprovalInvalid."""
        call = self._call
        changes: dict[str, Any] = {}
        if call.session is not None and hasattr(command, "operator"):
            changes["operator"] = call.session.operator_id
        claimed = _claims(command)
        approver = self.approver(uow, claimed=claimed)
        if approver is not None:
            changes["approved_by"] = approver.operator_id
        elif call.session is not None and claimed:
            approver = Approver(call.session.operator_id, call.session.role)
            changes["approved_by"] = approver.operator_id
        if approver is not None and claimed and hasattr(command, "lines"):
            changes["lines"] = _approved_lines(command.lines, approver.operator_id)
        return replace(command, **changes) if changes else command

    def approver(self, uow: UnitOfWork, *, claimed: bool = False) -> Approver | None:
        """Who approved; None where nobody had to. Raises ApprovalRequired, ApprovalInvalid."""
        call, guard = self._call, self._guard
        given = call.headers.get(HEADER)
        if given is not None:
            people = call.services.people
            return approvals.spend(uow, given.strip(), guard.action, call.device.device_id, people.uptime())
        if call.role in APPROVERS[guard.action]:
            return None
        if (guard.always or claimed) and self._proving:
            allowed = sorted(APPROVERS[guard.action])
            raise ApprovalRequired(
                f"The action {guard.action!r} takes the PIN of another person.",
                action=guard.action,
                approvers=allowed,
            )
        return None

    @property
    def _proving(self) -> bool:
        call = self._call
        return call.session is not None or call.services.people.proving or not self._guard.trusting


def _claims(command: Any) -> bool:
    """Whether the request says that somebody approved it, or a discount in it."""
    if command.approved_by:
        return True
    lines = getattr(command, "lines", None) or ()
    return any(each.approved_by for line in lines for each in getattr(line, "discounts", ()))


def _approved_lines(lines: Any, approver: str) -> Any:
    return tuple([_approved_line(line, approver) for line in lines or ()]) if lines is not None else None


def _approved_line(line: Any, approver: str) -> Any:
    if not any(each.approved_by for each in getattr(line, "discounts", ())):
        return line
    given = tuple([replace(each, approved_by=approver) if each.approved_by else each for each in line.discounts])
    return replace(line, discounts=given)
