"""An endpoint as a declaration: all that the server, the reference and the tests know of a route."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from appliance import errors as store
from appliance.access import refusals as access
from appliance.api import refusals as edge
from appliance.api.call import Call
from appliance.api.parameters import Parameter
from appliance.api.step_up import Guard
from appliance.domain.refusals import Refusal
from appliance.domain.refusals_privacy import CardNumberRefused

Errors = tuple[type[Refusal], ...]
Handler = Callable[[Call], Awaitable[Any]]
"""Answers a request with a reply; refuses by raising a Refusal."""

PREFIX = "/api/v1"

_ALWAYS: Errors = (edge.InvalidParameter, edge.TooManyRequests, edge.InternalError)
_PRIVATE: Errors = (edge.Unauthenticated, edge.Forbidden, access.SessionEnded)
_GUARDED: Errors = (access.ApprovalRequired, access.ApprovalInvalid)
_WITH_BODY: Errors = (
    edge.MalformedJson,
    edge.InvalidRequest,
    edge.BodyTooSlow,
    edge.BodyTooLarge,
    edge.NotJson,
    CardNumberRefused,
)
_WRITING: Errors = (
    edge.KeyMissing,
    edge.KeyInvalid,
    store.KeyReused,
    store.BookedBefore,
    store.StillRunning,
    store.RecordTooLarge,
    store.StoreFull,
    store.OutcomeUnknown,
    store.Overloaded,
    store.ShuttingDown,
    store.CommandFailed,
)
_CONDITIONAL: Errors = (edge.InvalidHeader, store.StaleVersion)
_ADDRESSED: Errors = (edge.NoSuchRoute, edge.MethodNotAllowed)  # a slash in a parameter makes another address
_READING: Errors = (store.QueryTimedOut, store.ShuttingDown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one address.

    `roles` None means open to everybody; `afar` then names the roles that may call it from another machine.
    `idempotent` says it is a write that needs a key. `views` are the projections it reads: while one of them is being
    rebuilt it answers 503. `guard` names the action that one person alone may not do. `local` says it is served on
    the control socket only. `conditional` says it takes If-Match; `etag` that its answer carries a version;
    `shared` that an answer made for another reader will do for who says so.
    """

    method: str
    path: str
    operation: str
    summary: str
    tag: str
    handler: Handler
    roles: frozenset[str] | None
    status: tuple[int, ...] = (200,)
    description: str = ""
    body: type[BaseModel] | None = None
    read: Callable[[bytes], Any] | None = None  # a shorter way to read most bodies; None from it means: the long way
    answer: type[BaseModel] | None = None
    media: str = "application/json"
    query: tuple[Parameter, ...] = ()
    errors: Errors = ()
    views: tuple[str, ...] = ()
    idempotent: bool = False
    guard: Guard | None = None
    local: bool = False
    afar: frozenset[str] | None = None
    conditional: bool = False
    etag: bool = False
    shared: bool = False
    also: tuple[tuple[int, type[BaseModel]], ...] = ()

    @property
    def refusals(self) -> Errors:
        """Every reason it may refuse for, its own first."""
        found = list(self.errors)
        found += _PRIVATE if self.roles is not None or self.afar is not None else ()
        found += _GUARDED if self.guard is not None else ()
        found += _WITH_BODY if self.body is not None else ()
        found += _WRITING if self.idempotent else ()
        found += _CONDITIONAL if self.conditional else ()
        found += _READING if self.roles is not None and not self.idempotent else ()
        found += (store.ProjectionRebuilding,) if self.views else ()
        found += _ADDRESSED if "{" in self.path else ()
        return tuple(dict.fromkeys((*found, *_ALWAYS)))

    @property
    def body_optional(self) -> bool:
        """Whether a request without a body means one that says nothing."""
        return self.body is not None and not any(each.is_required() for each in self.body.model_fields.values())
