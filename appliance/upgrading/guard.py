"""Run before every start of the store (`ExecStartPre=`): gives a new version so many starts, then the former one back.

It stands apart from all it judges: a program of its own that needs Python's standard library and nothing of ours, since
a version that cannot even be imported is what it is there for. What it knows stands in `upgrade.json`:

trying     a version that has not yet run well for long enough
settled    it has: the program itself writes that (`appliance.upgrading.settling`)
returning  it has not; the data of before is being put back, which is done again wherever it was broken off
returned   the former version runs, until another one than the one it returned from is installed
stays      it has not, but going back would lose what was acknowledged since: it goes on trying, and people are told

An acknowledged sale is never lost by a return. Where the new version changed the file, its copy of before is put back
only if nothing was booked since. Where it did not, the log stays as it is, and the former version gets it if it knows
every kind of event in it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

STATE, RETURNED = "upgrade.json", "returned"
STARTS, MOST_STARTS = 3, 4  # one less than systemd's own limit, so that the former version has one left
TRYING, SETTLED, RETURNING, BACK, STAYS = "trying", "settled", "returning", "returned", "stays"
CHUNK_BYTES = 1 << 20
_CONFIG = Path("/etc/backroom/config.toml")
_KINDS = "SELECT DISTINCT type || ' ' || json_extract(record, '$.schema_version') FROM events WHERE position"


@dataclass(frozen=True)
class State:
    """What is known of the version that is installed, and of the file before it was first started."""

    version: str
    state: str = TRYING
    starts: int = 0  # that have not come to a good end
    position: int = 0
    receipts: int = 0
    migrations: list[str] = field(default_factory=list)
    detail: str = ""


@dataclass(frozen=True)
class Book:
    """How far the store's file is."""

    position: int
    receipts: int
    migrations: list[str]


def main(data: Path, tree: Path, former: Path) -> int:
    """Decide which version starts now; 0 whatever comes of it, for a guard must never be why a store stays shut."""
    try:
        decided = decide(data, tree, former)
    except (OSError, sqlite3.Error, ValueError) as error:
        _say(f"the upgrade's guard could not do its work, the installed version starts: {error}")
        return 0
    sys.stdout.write(f"{former if decided.state == BACK else tree}\n")
    return 0


def decide(data: Path, tree: Path, former: Path) -> State:
    """The state from now on, written down. Raises OSError, sqlite3.Error, ValueError."""
    installed, known = version_of(tree), read(data)
    if known is not None and known.state == RETURNING:  # whatever is installed now, half a file is nobody's
        known = _go_back(known, data, former)
    if known is not None and known.version == installed:
        return _again(known, data, former)
    (data / RETURNED).unlink(missing_ok=True)
    book = _book(data)
    if book is None or (known is None and not former.is_dir()):  # a first installation has nothing to go back to
        return write(data, State(installed, SETTLED))
    return write(data, State(installed, TRYING, 1, book.position, book.receipts, book.migrations))


def _again(known: State, data: Path, former: Path) -> State:
    if known.state in (SETTLED, BACK):
        return known
    if known.state == TRYING and known.starts >= starts_allowed():
        return _go_back(known, data, former)
    return write(data, replace(known, starts=known.starts + 1))


def _go_back(known: State, data: Path, former: Path) -> State:
    why = _why_not(known, data, former) if known.state == TRYING else ""
    if why:
        _say(f"{known.version} does not run well, and stays: {why}")
        return write(data, replace(known, state=STAYS, detail=why))
    copy = _copy_of_before(known, data)
    if copy is not None:
        known = write(data, replace(known, state=RETURNING, detail=copy.name))
        _put_back(copy, data / "store.db")
    (data / RETURNED).write_text(f"{known.version}\n")
    _say(f"{known.version} did not run well in {known.starts} starts: {version_of(former)} is back, with its data")
    return write(data, replace(known, state=BACK, detail=f"back to {version_of(former)}"))


def _why_not(known: State, data: Path, former: Path) -> str:
    """Why there is no way back; empty where there is one."""
    book = _book(data)
    if not (former / "appliance").is_dir():
        return "the former version is not here any more"
    if book is None:
        return "the store's file cannot be read"
    sold = book.position > known.position or book.receipts > known.receipts
    if book.migrations == known.migrations:
        return "it wrote events that the former version does not know" if sold and _new_kinds(known, data) else ""
    if sold:
        return f"{book.position - known.position} event(s) were acknowledged since, in a file that only it can read"
    return _unfit(known, data)


def _unfit(known: State, data: Path) -> str:
    copy = _copy_of_before(known, data)
    if copy is None or not copy.exists():
        return "the copy from before the upgrade is gone"
    with _reading(copy) as db:
        whole = db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
        end = db.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()[0]
    return "" if whole and end == known.position else "the copy from before the upgrade does not hold"


def _copy_of_before(known: State, data: Path) -> Path | None:
    """The copy that the new version made before it changed the file; None where it has not changed it."""
    book = _book(data)
    if known.state == RETURNING:  # the file may be half of this and half of that
        return data / "backups" / known.detail if known.detail else None
    if book is None or book.migrations == known.migrations:
        return None
    return data / "backups" / f"before-{book.migrations[len(known.migrations)]}.db"


def _put_back(copy: Path, database: Path) -> None:
    """Into the same file: a log in another one would be taken for a copied store, and begin a new life."""
    for name in (f"{database.name}-wal", f"{database.name}-shm"):
        database.with_name(name).unlink(missing_ok=True)
    with copy.open("rb") as source, database.open("r+b") as out:
        out.truncate(0)
        while chunk := source.read(CHUNK_BYTES):
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())


def _new_kinds(known: State, data: Path) -> bool:
    with _reading(data / "store.db") as db:
        before = {kind for (kind,) in db.execute(f"{_KINDS} <= ?", (known.position,))}
        return any(kind not in before for (kind,) in db.execute(f"{_KINDS} > ?", (known.position,)))


def _book(data: Path) -> Book | None:
    """Where the store's file stands; None where there is none that can be read."""
    database = data / "store.db"
    if not database.exists():
        return None
    try:
        with _reading(database) as db:
            position = db.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()[0]
            receipts = db.execute("SELECT count(*) FROM receipts").fetchone()[0]
            names = [name for (name,) in db.execute("SELECT name FROM migration_checksums ORDER BY rowid")]
    except sqlite3.Error:
        return None
    return Book(position, receipts, names)


@contextlib.contextmanager
def _reading(database: Path) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        yield db
    finally:
        db.close()


def read(data: Path) -> State | None:
    """What is known; None where nothing is."""
    try:
        return State(**json.loads((data / STATE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write(data: Path, state: State) -> State:
    """Write it down, durably, and answer it."""
    draft = data / f".{STATE}.new"
    with draft.open("w") as out:
        json.dump(asdict(state), out)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(data / STATE)
    return state


def version_of(tree: Path) -> str:
    """The version that stands in a tree. Raises ValueError where there is none."""
    found = re.search(r'(?m)^__version__ = "(.*)"$', (tree / "appliance" / "__init__.py").read_text())
    if found is None:
        message = f"{tree} does not say which version it is"
        raise ValueError(message)
    return found[1]


def starts_allowed() -> int:
    """`upgrade.starts` of the settings; a file that cannot be read is no reason to do without."""
    told: Any = os.environ.get("BACKROOM__UPGRADE__STARTS")
    with contextlib.suppress(OSError, ValueError):
        told = told or tomllib.loads(_CONFIG.read_text()).get("upgrade", {}).get("starts")
    with contextlib.suppress(TypeError, ValueError):
        return min(max(1, int(told)), MOST_STARTS)
    return STARTS


def _say(text: str) -> None:
    sys.stderr.write(f"backroom: {text}\n")


if __name__ == "__main__":
    sys.exit(main(*(Path(each) for each in sys.argv[1:4])))
