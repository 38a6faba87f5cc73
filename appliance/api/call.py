"""One request on its way through the edge: who asks, for what, and how a command of theirs is dispatched."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from appliance.access.approvals import Approver
from appliance.access.people import Asker
from appliance.access.sessions import Session
from appliance.api.devices import CONTROL, Device
from appliance.api.refusals import Forbidden, InvalidHeader, KeyInvalid, KeyMissing, Unauthenticated
from appliance.api.reply import NOT_MODIFIED, Reply, encode, etag, state_tag
from appliance.api.services import Services
from appliance.api.step_up import Admission, Guard
from appliance.application.dispatcher import Answer, Dispatcher
from appliance.application.ports import Context, Outcome
from appliance.application.receipts import ReceiptKey
from appliance.eventstore.ids import keyed_uuid7, uuid7
from appliance.eventstore.receipts import fingerprint
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.observability.correlation import CORRELATION
from appliance.observability.doctor import FIRST_YEAR, LAST_YEAR

MAX_KEY = 255
LOCAL = "backroom.local"
SESSION = b"backroom-session"

_KEY = re.compile(rb"[\x21-\x7e]{1,255}")
# A read's tag goes on after the version: what is shown may change without it, as a price in force does.
_ETAG = re.compile(rb'"v([0-9]{1,15})(?:-[0-9a-f]{8})?"')
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

Present = Callable[[Outcome], bytes]
"""Makes the body of an answer; from the outcome alone, so that a repeated request gets the same bytes."""


class Call:
    """A request as handlers see it. `body` is the endpoint's model, `query` has every declared parameter."""

    __slots__ = (
        "body",
        "device",
        "guard",
        "headers",
        "key",
        "query",
        "raw",
        "receive",
        "request_id",
        "role",
        "scope",
        "services",
        "session",
    )

    body: Any
    query: Mapping[str, Any]

    def __init__(self, services: Services, scope: Any, receive: Any) -> None:
        self.services = services
        self.scope = scope
        self.receive = receive
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.request_id = uuid7()
        self.device: Device = CONTROL
        self.role = CONTROL.role
        self.session: Session | None = None
        self.guard: Guard | None = None
        self.key: str | None = None
        self.raw = b""

    @property
    def path(self) -> dict[str, str]:
        """The parameters in the address."""
        parameters: dict[str, str] = self.scope["path_params"]
        return parameters

    @property
    def local(self) -> bool:
        """Whether it came over the control socket."""
        return LOCAL in self.scope

    # --- who asks, and under which key --------------------------------------------------------------------------

    def authenticate(self, roles: frozenset[str]) -> None:
        """Know the device, who is signed on at it, and their right to be here.

        Without a session the role is the device's, with one the operator's. Raises Unauthenticated, SessionEnded,
        Forbidden.
        """
        if not self.local:
            self.device = device = self._device()
            self.role = device.role
            self.services.rates.device(device.device_id)
        token = self.headers.get(SESSION)
        if token is not None:
            self.session = session = self.services.people.session(token.strip(), self.device.device_id)
            self.role = session.role
        elif self.local:
            return
        if self.role not in roles:
            self.services.people.audit.refused(self._subject(), Forbidden.code, self.device.device_id)
            raise Forbidden(f"The role {self.role} may not do this.", role=self.role, allowed_roles=sorted(roles))

    def welcome(self, afar: frozenset[str] | None) -> None:
        """Let in whoever asks for what is open; from another machine only these roles, where some are named."""
        if self.local:
            return
        if afar is not None and not self.near:
            self.authenticate(afar)
        else:
            self.services.rates.stranger(self._address)

    @property
    def _address(self) -> str:
        """Where the connection comes from: what headers say of it is the client's to choose."""
        client = self.scope.get("client")
        return client[0] if client else ""

    @property
    def near(self) -> bool:
        """Whether it comes from this very machine."""
        return self._address.startswith("127.") or self._address in ("::1", "::ffff:127.0.0.1")

    def _device(self) -> Device:
        scheme, _, token = self.headers.get(b"authorization", b"").partition(b" ")
        device = self.services.devices.find(token.strip()) if scheme.lower() == b"bearer" else None
        if device is None:
            self.services.rates.stranger(self._address)
            self.services.people.audit.refused("unknown device", Unauthenticated.code)
            given = "The token belongs to no device." if token else "There is no bearer token."
            raise Unauthenticated(given, at="Authorization:")
        return device

    def _subject(self) -> str:
        session = self.session
        return f"device:{self.device.device_id}" if session is None else f"operator:{session.operator_id}"

    @property
    def asker(self) -> Asker:
        """Who asks, for what is decided about people."""
        session = self.session
        return Asker(self.device.device_id, self.role, None if session is None else session.operator_id)

    def take_key(self) -> None:
        """The idempotency key, bare or quoted. Raises KeyMissing, KeyInvalid."""
        given = self.headers.get(b"idempotency-key")
        if given is None:
            raise KeyMissing("The header Idempotency-Key is missing.", at="Idempotency-Key:")
        bare = given[1:-1] if len(given) > 1 and given[:1] == b'"' == given[-1:] else given
        if not _KEY.fullmatch(bare):
            raise KeyInvalid("The key is not 1 to 255 visible ASCII characters.", at="Idempotency-Key:")
        self.key = bare.decode("ascii")

    # --- conditions ---------------------------------------------------------------------------------------------

    @property
    def if_match(self) -> int | None:
        """The version the client has seen. Raises InvalidHeader."""
        given = self.headers.get(b"if-match")
        if given is None:
            return None
        found = _ETAG.fullmatch(given)
        if found is None:
            raise InvalidHeader('If-Match must be an ETag as it was answered, such as "v3".', at="If-Match:")
        return int(found[1])

    def read(self, item: dict[str, Any], version: int) -> Reply:
        """A single thing that was read, with its ETag; 304 where the client has this very state (If-None-Match)."""
        body = encode(item)
        return self.shown(body, state_tag(version, body))

    def shown(self, body: bytes, tag: bytes) -> Reply:
        """The same for bytes that are encoded already."""
        given = self.headers.get(b"if-none-match")
        if given is not None and tag in [each.strip().removeprefix(b"W/") for each in given.split(b",")]:
            return Reply(b"", status=NOT_MODIFIED, headers=[(b"etag", tag)])
        return Reply(body, headers=[(b"etag", tag)])

    # --- commands -----------------------------------------------------------------------------------------------

    def receipt_key(self, register_id: str | None) -> ReceiptKey:
        """Whose key it is: a register's, which outlives its devices, or the device's."""
        scope = self.scope_of(register_id)
        path = self.scope["path"]
        secret = self.services.fingerprint_secret
        return ReceiptKey(scope, self.key or "", fingerprint(secret, self.scope["method"], path, self.raw))

    def scope_of(self, register_id: str | None) -> str:
        """Where the receipts of a register's writes, or else of this device's, are kept."""
        return f"register:{register_id}" if register_id else f"device:{self.device.device_id}"

    async def dispatch(self, command: object, register_id: str | None = None) -> Answer:
        """Run a command once under this request's key, durably."""
        session, guard, receipt = self.session, self.guard, self.receipt_key(register_id)
        if self.key:  # so that the log itself can tell a repetition, should the receipt be lost
            self.request_id = keyed_uuid7(receipt.scope, self.key)
            CORRELATION.set(self.request_id)  # what is logged from here on is found by the id that the records carry
        trace, now = self.headers.get(b"traceparent"), self.services.clock()
        context = Context(
            command_id=self.request_id,
            occurred_at=now,
            clock_trusted=FIRST_YEAR <= now.year <= LAST_YEAR,  # without its battery a machine starts in 1970
            device=self.device.device_id,
            operator=getattr(command, "operator", None) if session is None else session.operator_id,
            role=self.role,
            traceparent=trace.decode() if trace is not None and _TRACEPARENT.fullmatch(trace) else None,
        )
        admit = None if guard is None else Admission(self, guard)
        return await self.services.dispatcher.dispatch(command, context, receipt, admit)

    def approver(self, uow: UnitOfWork) -> Approver | None:
        """On the writer thread: who approved what this endpoint guards; None where nobody had to."""
        return None if self.guard is None else Admission(self, self.guard).approver(uow)

    def recall(self, uow: UnitOfWork, register_id: str | None = None) -> Answer | None:
        """On the writer thread: the answer this very request was given before, if it was."""
        key = self.receipt_key(register_id)
        found = uow.receipt(key.scope, key.key)
        return None if found is None else Answer(Dispatcher.replay(found, key, uow), replayed=True)

    def written(self, answer: Answer, present: Present, *, tagged: bool = True) -> Reply:
        """The answer to a write, with the version it made where it is of one thing."""
        outcome = answer.outcome
        reply = Reply(present(outcome), status=outcome.status)
        if tagged and outcome.events:
            reply.headers.append((b"etag", etag(outcome.events[-1].version)))
        if answer.replayed:
            self.services.metrics.replays.inc()
            reply.headers.append((b"idempotent-replayed", b"true"))
        return reply
