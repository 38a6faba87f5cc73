"""What a saga is: a list of steps as data, which the engine runs, repeats, compensates and remembers.

A step's `action` and `compensation` call the outside world and return plain data; they may run more than once, always
under the same key, and decide nothing. What an outcome means for the store is decided by `on_done` and `on_undone`, in
the very transaction that appends the outcome to the saga's stream: the domain event and the next message commit
together or not at all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from appliance.application.outside import Answer, Found, Outside
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """That an event begins a saga, and with what. There is one saga an id; the same id again begins none."""

    saga_id: str
    subject: str
    input: Data


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """That an event ends a wait: whose, at which step, with what result. It is ignored where nobody waits there."""

    saga_id: str
    step: str
    result: Data = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """That an event turns a saga round, as soon as a call that is under way has been heard out."""

    saga_id: str
    reason: str


Action = Callable[[Call], Awaitable[Data]]
Ask = Callable[[Call], Awaitable[Found]]
Effect = Callable[[UnitOfWork, "Settled", Context], None]
"""Runs on the writer thread: appends events, calls nobody. A refusal it raises leaves the saga stuck, for people."""
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


def as_data(answer: Answer) -> dict[str, Any]:
    """An answer of the outside world as the result that a step keeps: what `ask` finds is kept in the same form."""
    return asdict(answer)


def _nothing(uow: UnitOfWork, settled: Settled, context: Context) -> None:
    del uow, settled, context


def _always(given: Data) -> bool:
    del given
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `ask` is how an unknown outcome is found out before it is repeated or undone.

    A step with a `wait` has no action: it ends by an event of `Definition.signals`. A step whose `applies` says no is
    passed over. An `optional` step that fails for good, reaches nobody for `patience_s`, or does not succeed after the
    saga's deadline is noted and passed over: it never turns the saga round, and never holds it up for good.
    `late_s` is how long after a call that got no answer the provider may still carry it out: not before that is
    "absent" believed and the step taken for undone.
    """

    name: str
    action: Action | None = None
    compensation: Action | None = None
    ask: Ask | None = None  # with the key of the action
    ask_undone: Ask | None = None  # with the key of the compensation
    wait: Wait | None = None
    retry: Retry = field(default_factory=lambda: Retry(attempts=3))
    timeout_s: float = 30.0
    undo_retry: Retry = field(default_factory=lambda: Retry(attempts=20))  # past them the saga is stuck
    late_s: float = 5.0
    optional: bool = False
    patience_s: float = 600.0
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
    starts: Mapping[type, Callable[[Any], Begin | None]] = field(default_factory=dict)
    signals: Mapping[type, Callable[[Any], Signal | None]] = field(default_factory=dict)
    cancels: Mapping[type, Callable[[Any], Cancel | None]] = field(default_factory=dict)

    def step(self, name: str) -> Step:
        """The step of that name."""
        return next(each for each in self.steps if each.name == name)

    def after(self, name: str | None, given: Data) -> Step | None:
        """The step that follows, of those that apply; None after the last. From None: the first."""
        names = [each.name for each in self.steps]
        begin = 0 if name is None else names.index(name) + 1
        return next((each for each in self.steps[begin:] if each.applies(given)), None)

    def undone_before(self, name: str | None, done: Container[str]) -> Step | None:
        """The last step before `name` (None: the end) that was done and can be taken back."""
        names = [each.name for each in self.steps]
        end = len(names) if name is None else names.index(name)
        earlier = reversed(self.steps[:end])
        return next((each for each in earlier if each.name in done and each.compensation is not None), None)
