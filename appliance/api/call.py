"""One request on its way through the edge: who asks, for what, and how a command of theirs is dispatched."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from appliance.api.devices import CONTROL, Device
from appliance.api.refusals import Forbidden, InvalidHeader, KeyInvalid, KeyMissing, Unauthenticated
from appliance.api.reply import NOT_MODIFIED, Reply, encode, etag, state_tag
from appliance.api.services import Services
from appliance.application.dispatcher import Answer, Dispatcher
from appliance.application.ports import Context, Outcome
from appliance.application.receipts import ReceiptKey
from appliance.eventstore.ids import uuid7
from appliance.eventstore.receipts import fingerprint
from appliance.eventstore.unit_of_work import UnitOfWork

MAX_KEY = 255
LOCAL = "backroom.local"

_KEY = re.compile(rb"[\x21-\x7e]{1,255}")
# A read's tag goes on after the version: what is shown may change without it, as a price in force does.
_ETAG = re.compile(rb'"v([0-9]{1,15})(?:-[0-9a-f]{8})?"')
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

Present = Callable[[Outcome], bytes]
"""Makes the body of an answer; from the outcome alone, so that a repeated request gets the same bytes."""


class Call:
    """A request as handlers see it. `body` is the endpoint's model, `query` has every declared parameter."""

    __slots__ = ("body", "device", "headers", "key", "query", "raw", "receive", "request_id", "scope", "services")

    body: Any
    query: Mapping[str, Any]

    def __init__(self, services: Services, scope: Any, receive: Any) -> None:
        self.services = services
        self.scope = scope
        self.receive = receive
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.request_id = uuid7()
        self.device: Device = CONTROL
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
        """Know the device and its right to be here. Raises Unauthenticated, Forbidden."""
        if self.local:
            return
        scheme, _, token = self.headers.get(b"authorization", b"").partition(b" ")
        device = self.services.devices.find(token.strip()) if scheme.lower() == b"bearer" else None
        if device is None:
            given = "The token belongs to no device." if token else "There is no bearer token."
            raise Unauthenticated(given, at="Authorization:")
        if device.role not in roles:
            allowed = sorted(roles)
            raise Forbidden(f"The role {device.role} may not do this.", role=device.role, allowed_roles=allowed)
        self.device = device

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
        device = self.device
        trace = self.headers.get(b"traceparent")
        context = Context(
            command_id=self.request_id,
            occurred_at=self.services.clock(),
            device=device.device_id,
            operator=getattr(command, "operator", None),
            role=device.role,
            traceparent=trace.decode() if trace is not None and _TRACEPARENT.fullmatch(trace) else None,
        )
        return await self.services.dispatcher.dispatch(command, context, self.receipt_key(register_id))

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
