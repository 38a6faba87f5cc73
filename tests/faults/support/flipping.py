"""One bit changed somewhere, what the product says of it, and what is true."""

import random
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from appliance.application import commands as c
from appliance.eventstore.store import Paths
from appliance.eventstore.vault import Vault
from appliance.verification import verify_at_rest
from tests.faults.support import shop
from tests.faults.support.aftermath import Row, head_of, laid_out, rows_of, verdict_on, view_selects
from tests.faults.support.checker import reader

# What is noted of each view (version, position, status) is no truth: a start rebuilds the view where it is off.
TRUTHS = ["SELECT * FROM events ORDER BY position", "SELECT * FROM receipts ORDER BY scope, key"]

Files = Mapping[str, bytes]


def busy_day(data: Path, sales: int = 60) -> None:
    """A store with sales, voids and customers in it, stopped."""
    with shop.opened(data) as busy:
        for number in range(sales):
            sold = busy.sell(f"r-{number}")
            if number % 7 == 3:
                void = c.VoidSale(sale_id=sold.outcome.ids["sale_id"], register_id=shop.REGISTER, reason="wrong item")
                busy.ask(void, f"void-{number}")
            if number % 10 == 5:
                personal = busy.store.vault.seal(f"c-{number}", {"name": f"Customer {number}"})
                busy.ask(c.RegisterCustomer(customer_id=f"c-{number}", personal=personal), f"c-{number}")


def flipped(content: bytes, dice: random.Random) -> bytes:
    """The content with one random bit changed."""
    changed = bytearray(content)
    changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


@dataclass(frozen=True)
class Truth:
    """Everything that an answer is made of: log, receipts, and every row of every view, and how each is read."""

    selects: list[str]
    rows: list[list[Row]]

    @classmethod
    def of(cls, folder: Path) -> "Truth":
        """What an undamaged store says; by scans, not by indexes."""
        with closing(reader(folder / "store.db")) as db:
            selects = TRUTHS + view_selects(db)
            return cls(selects, rows_of(db, selects))

    def holds_in(self, folder: Path) -> bool:
        """Whether another store says the same. Names may differ: SQL takes `iD` for `id`."""
        with closing(reader(folder / "store.db")) as db:
            return rows_of(db, self.selects) == self.rows


@dataclass
class Tally:
    """What became of the flips: found and by what, or harmless; and the ones that were neither."""

    found: Counter[str] = field(default_factory=Counter)
    harmless: int = 0
    unreported: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.found.total()} found {dict(self.found)}, {self.harmless} in bytes that say nothing"


def judge(folder: Path, files: Files, true: Truth, tally: Tally) -> None:
    """Look at the files as a start and a scrub do; what neither reports must be as it was, in every byte that counts.

    The key file is no part of this: it lies in the folder as it was.
    """
    with laid_out(folder, files):
        said = _said(folder)
    if said:
        tally.found[said] += 1
        return
    with laid_out(folder, files):
        wrong = _wrong(folder, true)
    if wrong:
        tally.unreported.append(wrong)
    else:
        tally.harmless += 1


def _said(folder: Path) -> str:
    """What a start or the scrub says; nothing where all seems well."""
    try:
        with closing(reader(folder / "store.db")) as db:
            verdict = verdict_on(folder, db)
        if verdict is not None:
            return f"start: {verdict.cause}"
        if head_of(folder).damaged_slots:
            return "start: damaged slot"
        with closing(Vault(folder / "keys.db")) as vault:
            problems = verify_at_rest(Paths(folder), vault.open, lambda _: None)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return f"start: {type(error).__name__}"
    return f"scrub: {problems[0]['kind']}" if problems else ""


def _wrong(folder: Path, true: Truth) -> str:
    try:
        return "" if true.holds_in(folder) else "another truth"
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return f"unreadable: {error}"
