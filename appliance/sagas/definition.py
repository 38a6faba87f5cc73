"""What a saga is: a list of steps as data, which the engine runs, repeats, compensates and remembers.

A step's `action` and `compensation` call the outside world and return plain data; they may run more than once, always
under the same key, and decide nothing. What an outcome means for the store is decided by `on_done` and `on_undone`, in
the very transaction that appends the outcome to the saga's stream: the domain event and the next message commit
together or not at all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from appliance.application.outside import Found, Outside
from appliance.application.ports import Context, UnitOfWork

Data = Mapping[str, Any]
"""JSON-like facts: no personal data, only ids that lead to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """When a definite, passing failure is tried again: from `first_s`, doubling, at most `longest_s`, with jitter."""

    attempts: int
    first_s: float = 1.0
    longest_s: float = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What an action is given: whose saga, the deterministic key, what the saga was begun with and has found so far."""

    saga_id: str
    subject: str  # the order's id
    step: str
    key: str  # <saga>:<step>:<run>, or <saga>:<step>:undo
    input: Data
    results: Mapping[str, Data]  # by step: what each completed step returned
    outside: Outside


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A step that ends by an event or a person: by whom, how long, and what happens when nobody comes.

    The wait stops the saga's own deadline. At `escalate_s` it is shown as a problem; at `timeout_s` the saga
    compensates with `expired` as the reason.
    """

    timeout_s: float
    escalate_s: float
    expired: str


Action = Callable[[Call], Awaitable[Data]]
Ask = Callable[[Call], Awaitable[Found]]
Effect = Callable[[UnitOfWork, "Settled", Context], None]
Applies = Callable[[Data], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What an effect is given: the saga as it stands with the outcome that is just being recorded."""

    saga_id: str
    subject: str
    step: str
    input: Data
    results: Mapping[str, Data]
    result: Data = field(default_factory=dict)
    reason: str = ""


def _nothing(uow: UnitOfWork, settled: Settled, context: Context) -> None:
    del uow, settled, context


def _always(given: Data) -> bool:
    del given
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `ask` is how an unknown outcome is found out before it is repeated or undone.

    A step with a `wait` has no action: the engine parks it until `Engine.signal` brings the data. A step whose
    `applies` says no is passed over.
    """

    name: str
    action: Action | None = None
    compensation: Action | None = None
    ask: Ask | None = None  # with the key of the action
    ask_undone: Ask | None = None  # with the key of the compensation
    wait: Wait | None = None
    retry: Retry = field(default_factory=lambda: Retry(attempts=3))
    timeout_s: float = 30.0
    applies: Applies = _always
    on_done: Effect = _nothing
    on_undone: Effect = _nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A saga's whole course. A changed course is a new version; a running saga keeps the version it began with."""

    name: str
    version: int
    steps: Sequence[Step]
    deadline_s: float = 86_400.0  # of automatic work; waits for people do not count
    on_completed: Effect = _nothing
    on_compensating: Effect = _nothing  # when it turns round, with the reason
    on_compensated: Effect = _nothing
    on_stuck: Effect = _nothing
