"""What a projection is: tables, a version, and one `apply` that serves selling, rebuilding and verifying alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

from appliance.application.ports import Recorded
from appliance.domain.events import Sealed


class Database(Protocol):
    """The part of sqlite3.Connection a projection may use; it never begins, commits or rolls back."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Any:
        """Run one statement."""
        ...

    def executemany(self, sql: str, parameters: Any, /) -> Any:
        """Run one statement for each row of parameters."""
        ...


Opener = Callable[[Sealed], dict[str, str] | None]
"""Opens sealed personal data; None where the key has been destroyed: the projection then shows "erased"."""


class Projection:
    """A fold of the log into tables; subclasses are stateless but for their SQL, and what they `remember`.

    `suffix` is empty for the live tables and names the shadow during a rebuild, so SQL is built once per instance
    with `self.t("name")` for every table name. `apply` gets events in log order, any number at once (one command's
    or a thousand of a rebuild), and should fold them in memory and write each key once with `executemany`: however
    the log is cut into calls, the rows must come out the same. It raises on nothing that stands in the log.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    tables: ClassVar[dict[str, str]]
    """Logical name -> CREATE with `{table}` for the physical name: STRICT with a PRIMARY KEY, or a plain FTS5 table."""
    indexes: ClassVar[dict[str, str]] = {}
    """Index name -> what it is on, e.g. "sales(business_date, position)"; the table's logical name leads."""
    handles: ClassVar[frozenset[type]]
    """The event classes `apply` wants; it is given no others."""
    for_decisions: ClassVar[bool] = False
    """Whether decisions read it: then a changed version is rebuilt before the store is ready, else after."""

    def __init__(self, suffix: str = "") -> None:
        self.suffix = suffix

    def t(self, table: str) -> str:
        """The physical name of a logical table for this instance."""
        return table + self.suffix

    def remember(self) -> None:
        """Told to the instance that the writer folds with: nobody else writes its tables while it lives.

        What it keeps in memory from here on holds as long as every `apply` of it is committed: after one that was
        not, and after a rebuild, it is dropped and another takes its place.
        """

    def apply(self, db: Database, events: Sequence[Recorded], opener: Opener) -> None:
        """Fold `events` (only classes in `handles`, in order) into the tables."""
        raise NotImplementedError
