"""What is known of each projection: which version of it is live, and how far a rebuild of it has come.

The rows stand in the database, in the transactions of what they describe, so a crash leaves nothing to guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.projections.base import Database, Projection
from appliance.projections.registry import FIRST_GENERATION, PROJECTIONS, create_tables

LIVE = "live"
BUILDING = "building"  # a shadow of it is being filled
STALE = "stale"  # its tables are not what this program makes of the log, and nothing is folded into them

NEVER = 0  # the version of a projection whose tables hold nothing of the log


@dataclass(frozen=True, slots=True)
class State:
    """One projection's row: what its live tables are, and what its shadow is where there is one."""

    name: str
    version: int
    position: int  # where its tables went live; from there on every group folds into them
    status: str
    shadow_version: int | None
    shadow_position: int | None
    generation: int


def head(db: Database) -> int:
    """The log's last position."""
    row: tuple[int] = db.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
    return row[0]


def read(db: Database) -> dict[str, State]:
    """Every projection's state by name."""
    rows = db.execute(
        "SELECT name, version, position, status, shadow_version, shadow_position, generation FROM projections"
    )
    return {row[0]: State(*row) for row in rows}


def folded(db: Database, projections: Iterable[type[Projection]] = PROJECTIONS) -> tuple[type[Projection], ...]:
    """The projections whose live tables are this program's and are kept up with the log; the others are rebuilt."""
    states = read(db)
    return tuple(each for each in projections if each.name in states and states[each.name].version == each.version)


def prepare(db: Database, now: str, projections: Iterable[type[Projection]] = PROJECTIONS) -> tuple[str, ...]:
    """Make what is missing and find what must be rebuilt; answers the names, to be given to a rebuild.

    To be called in a transaction at every start, after the migrations and before anything is folded. A rebuild that
    a crash or stop broke off is among the names and goes on where it stood.
    """
    states = read(db)
    end = head(db)
    for each in projections:
        state = states.get(each.name)
        if state is None:
            _introduce(db, each, end, now)
        elif state.version != each.version:
            status = BUILDING if state.shadow_version == each.version else STALE
            _distrust(db, each.name, status, now)
    _leave_behind(db, {each.name for each in projections}, now)
    return unfinished(db, projections)


def unfinished(db: Database, projections: Iterable[type[Projection]] = PROJECTIONS) -> tuple[str, ...]:
    """The projections that are stale or being rebuilt."""
    states = read(db)
    return tuple(each.name for each in projections if states[each.name].status != LIVE)


def _introduce(db: Database, projection: type[Projection], end: int, now: str) -> None:
    version, status = (projection.version, LIVE) if end == 0 else (NEVER, STALE)
    create_tables(db, projection())
    db.execute(
        "INSERT INTO projections (name, version, position, status, generation, updated_at) VALUES (?,?,0,?,?,?)",
        (projection.name, version, status, FIRST_GENERATION, now),
    )


def _leave_behind(db: Database, known: set[str], now: str) -> None:
    """A projection that this program does not know misses what it folds: a program that knows it builds it anew."""
    for name, state in read(db).items():
        if name not in known and state.version != NEVER:
            _distrust(db, name, STALE, now)


def _distrust(db: Database, name: str, status: str, now: str) -> None:
    """Say that the live tables are of another version or missed events: nothing may be folded into them."""
    db.execute(
        "UPDATE projections SET version = ?, status = ?, updated_at = ? WHERE name = ?", (NEVER, status, now, name)
    )


def begin_shadow(db: Database, projection: type[Projection], now: str) -> None:
    """Say that a shadow stands, empty."""
    db.execute(
        "UPDATE projections SET status = ?, shadow_version = ?, shadow_position = 0, updated_at = ? WHERE name = ?",
        (BUILDING, projection.version, now, projection.name),
    )


def advance_shadows(db: Database, names: Iterable[str], position: int) -> None:
    """Say how much of the log the shadows hold."""
    db.executemany("UPDATE projections SET shadow_position = ? WHERE name = ?", [(position, name) for name in names])


def swap_in(db: Database, name: str, now: str) -> None:
    """Say that the shadow has become the live tables."""
    db.execute(
        "UPDATE projections SET version = shadow_version, position = shadow_position, status = ?,"
        " generation = generation + 1, shadow_version = NULL, shadow_position = NULL, updated_at = ? WHERE name = ?",
        (LIVE, now, name),
    )


def abandon_shadow(db: Database, projection: type[Projection], now: str) -> None:
    """Say that there is no shadow any more; the live tables are what they were before it."""
    db.execute(
        "UPDATE projections SET status = CASE WHEN version = ? THEN ? ELSE ? END,"
        " shadow_version = NULL, shadow_position = NULL, updated_at = ? WHERE name = ?",
        (projection.version, LIVE, STALE, now, projection.name),
    )
