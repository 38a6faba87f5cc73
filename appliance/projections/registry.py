"""Every projection there is, and what can be done to any of them by its declaration alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from appliance.application.ports import Recorded
from appliance.projections.base import Database, Opener, Projection
from appliance.projections.catalogue import Catalogue
from appliance.projections.customers import Customers
from appliance.projections.day_totals import DayTotals
from appliance.projections.documents import Documents
from appliance.projections.hq_refusals import HqRefusals
from appliance.projections.operators import Operators
from appliance.projections.orders import Orders
from appliance.projections.policies import Policies
from appliance.projections.registers import Registers
from appliance.projections.reservations import Reservations
from appliance.projections.restrictions import Restrictions
from appliance.projections.sagas import Sagas
from appliance.projections.stock import Stock

PROJECTIONS: tuple[type[Projection], ...] = (
    Catalogue,
    Stock,
    Documents,
    Registers,
    DayTotals,
    Customers,
    Orders,
    Sagas,
    Operators,
    Reservations,
    Restrictions,
    Policies,
    HqRefusals,
)
"""In the order they are folded; none reads another."""

Dispatch = Mapping[type, Sequence[Projection]]
"""Event class -> the projections that want it, in their order."""

FIRST_GENERATION = 1


def live(projections: Iterable[type[Projection]] = PROJECTIONS) -> tuple[Projection, ...]:
    """One instance each, on the live tables."""
    return tuple(each() for each in projections)


def by_name(projections: Iterable[type[Projection]] = PROJECTIONS) -> dict[str, type[Projection]]:
    """Projections by the name they are asked for."""
    return {each.name: each for each in projections}


def dispatch(projections: Iterable[Projection]) -> Dispatch:
    """Who wants what: an event class that is not in it concerns no projection."""
    wanting: dict[type, list[Projection]] = {}
    for projection in projections:
        for event_class in projection.handles:
            wanting.setdefault(event_class, []).append(projection)
    return wanting


def fold(db: Database, wanting: Dispatch, events: Sequence[Recorded], opener: Opener) -> None:
    """Apply a batch of the log: each projection gets, in one call, the events it wants."""
    batches: dict[Projection, list[Recorded]] = {}
    for each in events:
        for projection in wanting.get(type(each.event), ()):
            batch = batches.get(projection)
            if batch is None:
                batches[projection] = [each]
            else:
                batch.append(each)
    for projection, batch in batches.items():
        projection.apply(db, batch, opener)


def index_name(name: str, generation: int) -> str:
    """The physical name of an index. Renaming a table keeps its indexes' names, so a rebuild needs new ones."""
    return f"{name}__g{generation}"


def create_tables(db: Database, projection: Projection, generation: int = FIRST_GENERATION) -> None:
    """Make the instance's tables and indexes, empty; they must not exist."""
    for table, statement in projection.tables.items():
        db.execute(statement.format(table=projection.t(table)))
    for name, definition in projection.indexes.items():
        table, bracket, columns = definition.partition("(")
        db.execute(f"CREATE INDEX {index_name(name, generation)} ON {projection.t(table)}{bracket}{columns}")


def drop_tables(db: Database, projection: Projection) -> None:
    """Drop the instance's tables with all that is in them; those that do not exist are no matter."""
    for table in projection.tables:
        db.execute(f"DROP TABLE IF EXISTS {projection.t(table)}")
