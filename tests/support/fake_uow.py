"""A unit of work in memory that behaves as the event store's does, and a store to run commands in.

It is as strict about facts as the real one: events update them through `facts.TOUCH`, and the projections are folded
only when something asks (`query`, or a fact that was marked stale). So a handler that forgets to keep a fact true
fails here as it would in a group of commands.
"""

import sqlite3
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from appliance.application import facts
from appliance.application.commands import AddRegister, Command, DefineProduct
from appliance.application.handlers import HANDLERS
from appliance.application.ports import Context, Outcome, Recorded
from appliance.application.receipts import Receipt
from appliance.domain.calendar import utc_text
from appliance.domain.currency import Currency
from appliance.domain.events import Event
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import Refusal
from appliance.domain.tax import TaxRate
from appliance.errors import StaleVersion
from appliance.projections import registry
from tests.support.folding import fresh, opener

T = TypeVar("T")
Key = tuple[Hashable, ...]

MISSING = object()
STALE = object()
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

POLICY = StorePolicy(
    store_id="test",
    currency=Currency.of("GBP"),
    timezone=ZoneInfo("Europe/London"),
    taxes={
        "standard": TaxRate("20", inclusive=True),
        "zero": TaxRate("0", inclusive=True),
        "sales": TaxRate("8.875", inclusive=False),
    },
    barcode_region="gb",
)


@dataclass
class Log:
    """What has been committed, and the projections of it, folded as far as somebody has asked."""

    events: list[Recorded] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    facts: dict[Key, Any] = field(default_factory=dict)
    projections: tuple[Any, ...] = field(default_factory=registry.live)
    folded: int = 0
    incarnation: int = 1

    def __post_init__(self) -> None:
        self.db: sqlite3.Connection = fresh(self.projections)
        self.wanting = registry.dispatch(self.projections)

    def settle(self) -> None:
        """Fold what is pending."""
        pending, self.folded = self.events[self.folded :], len(self.events)
        registry.fold(self.db, self.wanting, pending, opener)


class FakeUnitOfWork:
    """One command's view of the log; nothing of it stays unless `commit` is called."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.own: dict[Key, Any] = {}
        self.staged: list[Recorded] = []
        self.versions: dict[str, int] = {}
        self.settled = 0

    @property
    def incarnation(self) -> int:
        return self.log.incarnation

    @property
    def position(self) -> int:
        return len(self.log.events) + len(self.staged)

    def version(self, stream_id: str) -> int:
        return self.versions.get(stream_id, self.log.versions.get(stream_id, 0))

    def append(self, stream_id: str, *events: Event, context: Context, expected: int | None = None) -> list[Recorded]:
        version = self.version(stream_id)
        if expected is not None and expected != version:
            raise StaleVersion(f"It is at version {version}, not {expected}.", version=version, expected=expected)
        return [self._stage(stream_id, event, context) for event in events]

    def _stage(self, stream_id: str, event: Event, context: Context) -> Recorded:
        moment = utc_text(context.occurred_at)
        recorded = Recorded(
            position=self.position + 1,
            stream_id=stream_id,
            version=self.version(stream_id) + 1,
            type="",
            occurred_at=moment,
            recorded_at=moment,
            metadata={},
            event=event,
            incarnation=self.log.incarnation,
        )
        self.versions[stream_id] = recorded.version
        self.staged.append(recorded)
        touch = facts.TOUCH.get(type(event))
        if touch is not None:
            touch(self, recorded)
        return recorded

    def load(self, stream_id: str, state: type[T], evolve: Callable[[T | None, Event], T]) -> tuple[T | None, int]:
        folded: T | None = None
        for each in (*self.log.events, *self.staged):
            if each.stream_id == stream_id:
                folded = evolve(folded, each.event)
        return folded, self.version(stream_id)

    def fact(self, key: Key, read: Callable[..., T], *given: Any) -> T:
        value = self.peek(key)
        if value is STALE:
            self._settle()
        elif value is not MISSING:
            return cast("T", value)
        found = read(*given, self._select)
        self.own[key] = found
        return found

    def peek(self, key: Key) -> Any:
        return self.own.get(key, self.log.facts.get(key, MISSING))

    def put(self, key: Key, value: Any) -> None:
        self.own[key] = value

    def stale(self, key: Key) -> None:
        self.own[key] = STALE

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self._settle()
        return self._select(sql, parameters)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        raise NotImplementedError

    def enqueue(
        self, queue: str, actor: str, body: bytes, *, delay_ms: int = 0, priority: int = 0, saga: str | None = None
    ) -> int:
        raise NotImplementedError

    def attempt(self, work: Callable[["FakeUnitOfWork"], T]) -> T:
        before = len(self.staged), dict(self.versions), dict(self.own)
        try:
            return work(self)
        except Refusal:
            del self.staged[before[0] :]
            self.versions, self.own = before[1:]
            raise

    def events(self, first: int, final: int) -> list[Recorded]:
        return self.log.events[first - 1 : final]

    def receipt(self, scope: str, key: str) -> Receipt | None:
        return None

    def keep_receipt(self, receipt: Receipt) -> None:
        raise NotImplementedError

    def commit(self) -> None:
        """Keep what the command did."""
        self.log.events += self.staged
        self.log.versions |= self.versions
        self.log.facts |= {key: value for key, value in self.own.items() if key[0] != "stream"}

    def _settle(self) -> None:
        self.settled += 1
        self.log.settle()

    def _select(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.log.db.execute(sql, parameters).fetchall()


class Store:
    """A store to say commands to: `store.when(command)` answers its outcome, or raises its refusal."""

    def __init__(self, policy: StorePolicy = POLICY) -> None:
        self.log = Log()
        self.policy = policy
        self.context = Context(command_id="test", occurred_at=NOON)

    def given(self, *commands: Command, **context: Any) -> "Store":
        """Carry out what came before, by someone who may do anything."""
        for command in commands:
            self.when(command, **{"role": "manager", **context})
        return self

    def when(self, command: Command, **context: Any) -> Outcome:
        """Carry out a command, all or nothing."""
        unit = FakeUnitOfWork(self.log)
        outcome = HANDLERS[type(command)](command, unit, replace(self.context, **context), self.policy)
        unit.commit()
        return outcome

    def event(self, command: Command, **context: Any) -> Any:
        """Carry out a command of one event; answers the event."""
        [recorded] = self.when(command, **context).events
        return recorded.event

    def later(self, **time: float) -> "Store":
        """Let time pass."""
        self.context = replace(self.context, occurred_at=self.context.occurred_at + timedelta(**time))
        return self

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What the projections say, everything folded."""
        self.log.settle()
        return self.log.db.execute(sql, parameters).fetchall()


def product(product_id: str, price: str | None = "1.00", **fields: Any) -> DefineProduct:
    """A product in few words."""
    return DefineProduct(
        **{"product_id": product_id, "name": product_id.title(), "tax_code": "standard"} | {"price": price} | fields
    )


def shop(policy: StorePolicy = POLICY) -> Store:
    """A store with a till and three things to sell: tea at 2.50, a mug at 4.00, and gift wrapping at any price."""
    return Store(policy).given(
        AddRegister(register_id="till-1", name="Till 1"),
        product("tea", "2.50", barcodes=("4006381333931",)),
        product("mug", "4.00"),
        product("wrapping", None, kind="service"),
    )
