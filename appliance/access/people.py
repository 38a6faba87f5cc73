"""The operators and sessions of a running store: looked up in memory, changed by the writer, told of as events.

Memory follows the log: whatever changes an operator, from here, from the command line or from head office, ends up in
`committed`, on the writer thread and before the answer goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from appliance.access import approvals, codes, lockout, sessions
from appliance.access.approvals import Approver
from appliance.access.audit import Audit
from appliance.access.pins import Pins
from appliance.access.refusals import LockedOut, MayNotApprove, PinRefused, SessionEnded
from appliance.access.secret import APPROVAL_PREFIX, SESSION_PREFIX, hashed, token
from appliance.access.sessions import Limits, Session
from appliance.application.handlers.operators import load_operator, stream_of
from appliance.application.ports import Context, Recorded
from appliance.domain.events_access import (
    ActionApproved,
    OperatorAdded,
    OperatorDisabled,
    OperatorPinSet,
    OperatorRoleChanged,
    SessionClosed,
    SessionOpened,
)
from appliance.domain.operator import APPROVERS, Operator, may_grant
from appliance.eventstore.clock import Clock, rfc3339
from appliance.eventstore.head import Head
from appliance.eventstore.ids import uuid7
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.uptime import Moment, Uptime
from appliance.eventstore.writer import Writer

_OPERATORS = "SELECT operator_id, name, role, active FROM operators"
_PIN = "SELECT hash, pepper_id FROM operator_pins WHERE operator_id = ?"
_SET_PIN = (
    "INSERT INTO operator_pins VALUES (?,?,?,?) ON CONFLICT(operator_id) DO UPDATE SET hash = excluded.hash,"
    " pepper_id = excluded.pepper_id, set_at = excluded.set_at"
)
_Ending = OperatorRoleChanged | OperatorDisabled | OperatorPinSet | OperatorAdded
_ENDING = frozenset({OperatorRoleChanged, OperatorDisabled, OperatorPinSet, OperatorAdded})


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for something here: a device, who is signed on at it, and the role they have together."""

    device_id: str
    role: str
    operator_id: str | None = None


class People:
    """Operators, their sessions and what they approve."""

    def __init__(self, writer: Writer, pins: Pins, limits: Limits, clock: Clock, uptime: Uptime, step_up: str) -> None:
        self.audit = Audit(writer, clock)
        self.pins = pins
        self.limits = limits
        self.uptime = uptime
        self._writer = writer
        self._clock = clock
        self._step_up = step_up
        self._operators: dict[str, Operator] = {}
        self._sessions: dict[bytes, Session] = {}
        self.proving = step_up == "always"

    # --- looking up ---------------------------------------------------------------------------------------------

    async def load(self) -> None:
        """Read operators and sessions from the store; at start."""
        for operator_id, name, role, active in await self._writer.run(lambda uow: uow.query(_OPERATORS)):
            operator = Operator(operator_id=operator_id, name=name, role=role, active=bool(active))
            self._operators[operator_id] = operator
        await self._writer.run(self._reload_sessions)
        self._judge()

    def operator(self, operator_id: str) -> Operator | None:
        """An operator as they now are."""
        return self._operators.get(operator_id)

    @property
    def anybody(self) -> bool:
        """Whether there is an operator who could sign on."""
        return any(each.active for each in self._operators.values())

    def session(self, given: bytes, device_id: str) -> Session:
        """The session a token stands for, on the device it was opened on. Raises SessionEnded."""
        found = self._sessions.get(hashed(given))
        now_ms = self.uptime().ms
        if found is None or found.device_id != device_id or not self.limits.holds(found, now_ms):
            raise SessionEnded("The session has ended, or is of another device.", at="Backroom-Session:")
        found.used_ms = now_ms
        return found

    def committed(self, _head: Head, events: Sequence[Recorded]) -> None:
        """Follow the log: called by the writer with every commit."""
        for recorded in events:
            if type(recorded.event) in _ENDING:
                self._follow(cast("_Ending", recorded.event))

    def _follow(self, event: _Ending) -> None:
        known = self._operators.get(event.operator_id)
        if isinstance(event, OperatorAdded):
            known = Operator(operator_id=event.operator_id, name=event.name, role=event.role)
        elif isinstance(event, OperatorRoleChanged) and known is not None:
            known = Operator(operator_id=known.operator_id, name=known.name, role=event.role, active=known.active)
        elif isinstance(event, OperatorDisabled) and known is not None:
            known = Operator(operator_id=known.operator_id, name=known.name, role=known.role, active=False)
        if known is not None:
            self._operators = {**self._operators, event.operator_id: known}
        self._sessions = {key: each for key, each in self._sessions.items() if each.operator_id != event.operator_id}
        self._judge()

    def change(self, limits: Limits, step_up: str) -> None:
        """From now on these, for sessions that are open as well."""
        self.limits, self._step_up = limits, step_up
        self._judge()

    def _judge(self) -> None:
        working = any(each.active for each in self._operators.values())
        self.proving = self._step_up == "always" or (self._step_up == "auto" and working)

    def _reload_sessions(self, uow: UnitOfWork) -> None:
        """Only ever on the writer thread, as `committed`: so no older state of the store is taken for a newer one."""
        self._sessions = sessions.load(uow, self.uptime(), self._sessions)

    # --- PINs ---------------------------------------------------------------------------------------------------

    async def prove(self, operator_id: str, pin: str, device_id: str) -> Operator:
        """The operator whose PIN this is. Raises LockedOut, PinRefused, alike for operators who do not exist."""
        try:
            return await self._prove(operator_id, pin, device_id)
        except (LockedOut, PinRefused) as refused:
            self.audit.refused(f"operator:{operator_id}", refused.code, device_id)
            raise

    async def _prove(self, operator_id: str, pin: str, device_id: str) -> Operator:
        kept = await self._writer.run(lambda uow: self._attempt(uow, operator_id, device_id))
        right = await self.pins.matches(kept, pin)
        operator = self._operators.get(operator_id)
        if not right or operator is None or not operator.active:
            raise PinRefused("Operator and PIN do not belong together.")
        return operator

    def _attempt(self, uow: UnitOfWork, operator_id: str, device_id: str) -> str | None:
        lockout.attempt(uow, (lockout.operator(operator_id), lockout.device(device_id)), self.uptime())
        rows = uow.query(_PIN, (operator_id,))
        return rows[0][0] if rows and rows[0][1] == self.pins.pepper_id else None

    async def set_pin(self, operator_id: str, pin: str, asker: Asker) -> None:
        """Give an operator a new PIN; whoever is signed on under the old one no longer is."""
        kept = await self.pins.hash(pin)

        def work(uow: UnitOfWork) -> None:
            may_grant(asker.role, load_operator(uow, operator_id).role)
            self._keep_pin(uow, operator_id, kept, self._context(asker), by_code=False)

        await self._writer.run(work)

    async def make_pin_code(self, operator_id: str, minutes: int, asker: Asker) -> str:
        """A code with which the operator sets their PIN by themselves."""

        def work(uow: UnitOfWork) -> str:
            may_grant(asker.role, load_operator(uow, operator_id).role)
            return codes.make(uow, codes.PIN, {"operator_id": operator_id}, minutes, self.uptime())

        return await self._writer.run(work)

    async def set_pin_by_code(self, typed: str, pin: str, asker: Asker) -> Operator:
        """The operator a code was made for has a PIN of their own from here on."""
        kept = await self.pins.hash(pin)

        def work(uow: UnitOfWork) -> Operator:
            operator_id = codes.spend(uow, codes.PIN, typed, self.uptime())["operator_id"]
            operator = load_operator(uow, operator_id)
            self._keep_pin(uow, operator_id, kept, self._context(asker), by_code=True)
            return operator

        return await self._writer.run(work)

    def _keep_pin(self, uow: UnitOfWork, operator_id: str, kept: str, context: Context, *, by_code: bool) -> None:
        uow.execute(_SET_PIN, (operator_id, kept, self.pins.pepper_id, rfc3339(context.occurred_at)))
        uow.execute("DELETE FROM sessions WHERE operator_id = ?", (operator_id,))
        lockout.forget(uow, operator_id)
        event = OperatorPinSet(operator_id=operator_id, by_code=by_code)
        uow.append(stream_of(operator_id), event, context=context)

    # --- sessions -----------------------------------------------------------------------------------------------

    async def sign_on(self, operator_id: str, pin: str, asker: Asker) -> tuple[str, Session]:
        """A new session for an operator on a device, and its token, told this once."""
        operator = await self.prove(operator_id, pin, asker.device_id)
        given, now, at = token(SESSION_PREFIX), self.uptime(), self._clock()
        session = self._new_session(operator, asker.device_id, now, at)

        def work(uow: UnitOfWork) -> None:
            lockout.proven(uow, operator_id, asker.device_id, now)
            self._still(uow, operator)
            sessions.keep(uow, hashed(given), session, self.limits, now)
            event = SessionOpened(
                session_id=session.session_id, operator_id=operator_id, role=operator.role, device=asker.device_id
            )
            uow.append(f"access-{operator_id}", event, context=self._context(asker, operator_id))

        await self._change(work)
        return given, session

    async def sign_off(self, given: bytes, session: Session, asker: Asker) -> None:
        """End a session."""

        def work(uow: UnitOfWork) -> None:
            sessions.end(uow, hashed(given))
            event = SessionClosed(session_id=session.session_id, operator_id=session.operator_id)
            uow.append(f"access-{session.operator_id}", event, context=self._context(asker))

        await self._change(work)

    async def _change(self, work: Callable[[UnitOfWork], None]) -> None:
        await self._writer.run(work)
        await self._writer.run(self._reload_sessions)

    def _new_session(self, operator: Operator, device_id: str, now: Moment, at: datetime) -> Session:
        return Session(
            session_id=uuid7(),
            operator_id=operator.operator_id,
            role=operator.role,
            device_id=device_id,
            opened_at=rfc3339(at),
            opened_ms=now.ms,
            used_ms=now.ms,
        )

    def _still(self, uow: UnitOfWork, operator: Operator) -> None:
        """Refuse what was proven a moment ago and is not so any more."""
        if load_operator(uow, operator.operator_id) != operator:
            raise PinRefused("The operator was changed a moment ago.")

    # --- approvals ----------------------------------------------------------------------------------------------

    async def approve(self, operator_id: str, pin: str, action: str, asker: Asker) -> tuple[str, str, Operator]:
        """A token that carries this operator's approval to one request of this device; (token, its id, who)."""
        operator = await self.prove(operator_id, pin, asker.device_id)
        given, approval_id, now = token(APPROVAL_PREFIX), uuid7(), self.uptime()

        def work(uow: UnitOfWork) -> None:
            lockout.proven(uow, operator_id, asker.device_id, now)
            self._still(uow, operator)
            approver = Approver(operator_id, operator.role)
            approvals.keep(uow, given, approval_id, action, approver, asker.device_id, now)
            event = ActionApproved(
                approval_id=approval_id,
                action=action,
                approved_by=operator_id,
                device=asker.device_id,
                operator=asker.operator_id,
            )
            uow.append(f"access-{operator_id}", event, context=self._context(asker))

        if operator.role not in APPROVERS[action]:
            await self._writer.run(lambda uow: lockout.proven(uow, operator_id, asker.device_id, now))
            self.audit.refused(f"operator:{operator_id}", MayNotApprove.code, asker.device_id)
            allowed = sorted(APPROVERS[action])
            raise MayNotApprove(f"The role {operator.role} may not.", role=operator.role, allowed_roles=allowed)
        await self._writer.run(work)
        return given, approval_id, operator

    def _context(self, asker: Asker, operator_id: str | None = None) -> Context:
        return Context(
            command_id=uuid7(),
            occurred_at=self._clock(),
            device=asker.device_id,
            operator=operator_id or asker.operator_id,
            role=asker.role,
        )

    async def close(self) -> None:
        """Tell what is left to be told, and end the hashing."""
        await self.audit.close()
        self.pins.close()
