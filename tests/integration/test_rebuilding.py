"""Rebuilding projections from the log, while the shop sells on and whatever happens in between."""

import itertools
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.domain import events as e
from appliance.errors import LogDamaged
from appliance.projections import canonical, folding, fts, registry, states
from appliance.projections import retired as retiring
from appliance.projections.live import LiveFold
from appliance.projections.rebuild import Rebuilder, RebuildJob
from appliance.projections.registry import PROJECTIONS
from tests.support.folding import Log, line, opener
from tests.support.shop import shop_log
from tests.support.stored_log import open_reader, open_store, store, transaction

ALL = tuple(each.name for each in registry.PROJECTIONS)
TINY = 0.0  # one batch a step


class Shop:
    """A store that sells, with the log that led to it; `step` is what the writer thread does between its groups."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self.db = open_store(path)
        self.log = shop_log()
        self.live = LiveFold(opener)
        self.sales = itertools.count(100)
        self.ticks = itertools.count()
        self.catch_up()

    def catch_up(self) -> None:
        with transaction(self.db):
            added = store(self.db, self.log)
            if added:
                self.live(self.db, added)

    def sell(self) -> None:
        self.log.sale(f"s-{next(self.sales)}", line("tea", "1", 150))
        self.catch_up()

    def job(self, *names: str) -> RebuildJob:
        """A rebuild whose timer jumps a second a look: every step does one piece of work and no more."""
        clock = lambda: datetime(2026, 11, 22, tzinfo=UTC)  # noqa: E731  a clock that stands
        rebuilder = Rebuilder(opener, clock, lambda _: self.live.reread(), timer=lambda: float(next(self.ticks)))
        return rebuilder.job(names or ALL)

    def step(self, job: RebuildJob) -> bool:
        with transaction(self.db):
            return job.step(self.db, TINY)

    def run(self, job: RebuildJob, between: Callable[[], None] = lambda: None) -> None:
        for _ in range(500):
            if self.step(job):
                return
            between()
        pytest.fail("the rebuild does not end")

    def dump(self) -> list[str]:
        return list(canonical.dump(self.db, registry.live()))

    def tables(self) -> set[str]:
        return {
            name for (name,) in self.db.execute("SELECT name FROM sqlite_master WHERE name LIKE '%\\_\\_%' ESCAPE '\\'")
        }

    def fold_of_its_log(self) -> list[str]:
        """What the tables must be: the same log, folded into a new store."""
        other = open_store()
        with transaction(other):
            LiveFold(opener)(other, store(other, self.log))
        return list(canonical.dump(other, registry.live()))


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop whose rebuilds take many steps, as a long log's do."""
    monkeypatch.setattr(folding, "FIRST_BATCH", 4)
    monkeypatch.setattr(retiring, "ROWS_A_BATCH", 5)
    return Shop()


def test_a_rebuilt_projection_equals_the_live_one(shop: Shop) -> None:
    before = shop.dump()

    shop.run(shop.job())

    assert shop.dump() == before


def test_a_damaged_row_is_right_again_after_a_rebuild(shop: Shop) -> None:
    before = shop.dump()
    shop.db.execute("UPDATE stock SET on_hand_milli = 77 WHERE product_id = 'tea'")
    shop.db.execute("DELETE FROM documents WHERE position = (SELECT min(position) FROM documents)")

    shop.run(shop.job("stock", "documents"))

    assert shop.dump() == before


def test_sales_during_a_rebuild_are_in_the_live_tables_at_once_and_in_the_rebuilt_ones_after(shop: Shop) -> None:
    def sell_and_look() -> None:
        shop.sell()
        assert shop.db.execute("SELECT max(position) FROM documents").fetchone()[0] == len(shop.log.events)

    job = shop.job()
    for _ in range(5):
        shop.step(job)
        sell_and_look()
    shop.run(job)
    shop.sell()

    assert shop.dump() == shop.fold_of_its_log()


def test_a_rebuild_leaves_nothing_behind_but_the_new_tables(shop: Shop) -> None:
    shop.run(shop.job())

    leftovers = {name for name in shop.tables() if not name.endswith("__g2")}
    assert leftovers == set()
    assert {state.status for state in states.read(shop.db).values()} == {"live"}
    assert {state.generation for state in states.read(shop.db).values()} == {2}


def test_a_second_rebuild_follows_a_first_one(shop: Shop) -> None:
    before = shop.dump()

    shop.run(shop.job())
    shop.run(shop.job())

    assert shop.dump() == before
    assert {state.generation for state in states.read(shop.db).values()} == {3}


@pytest.mark.parametrize("steps", range(1, 40, 3))
def test_a_rebuild_broken_off_by_a_crash_goes_on_where_it_stood(shop: Shop, steps: int) -> None:
    before = shop.dump()
    shop.db.execute("UPDATE stock SET on_hand_milli = 77")
    job = shop.job("stock", "orders")
    for _ in range(steps):
        shop.step(job)

    with transaction(shop.db):
        names = states.prepare(shop.db, "2026-11-23T00:00:00.000000Z")
    shop.live.reread()
    if names:
        shop.run(shop.job(*names))

    assert shop.dump() == before


def test_a_step_that_is_rolled_back_does_no_harm_to_the_job_that_follows(shop: Shop) -> None:
    before = shop.dump()
    job = shop.job("catalogue")
    shop.step(job)
    shop.db.execute("BEGIN IMMEDIATE")
    job.step(shop.db, TINY)
    shop.db.execute("ROLLBACK")

    shop.run(shop.job("catalogue"))

    assert shop.dump() == before


@pytest.mark.parametrize("steps", range(1, 30, 4))
def test_a_cancelled_rebuild_leaves_the_live_tables_untouched_and_no_shadow(shop: Shop, steps: int) -> None:
    before, tables = shop.dump(), shop.tables()
    job = shop.job("stock", "customers")
    for _ in range(steps):
        shop.step(job)
    finished = {name for name, state in states.read(shop.db).items() if state.generation > 1}

    job.cancel()
    shop.run(job)

    assert shop.dump() == before
    assert {state.status for state in states.read(shop.db).values()} == {"live"}
    if not finished:
        assert shop.tables() == tables


def test_what_a_cancelled_rebuild_left_is_cleared_before_the_next_one(shop: Shop) -> None:
    before = shop.dump()
    job = shop.job("orders")
    for _ in range(4):
        shop.step(job)
    job.cancel()
    shop.step(job)

    shop.run(shop.job("orders"))

    assert shop.dump() == before
    assert retiring.retired(shop.db, registry.PROJECTIONS, states.read(shop.db)) == []


def test_a_rebuild_that_is_given_time_is_done_in_few_steps(shop: Shop) -> None:
    before = shop.dump()
    rebuilder = Rebuilder(opener, lambda: datetime(2026, 11, 22, tzinfo=UTC), lambda _: shop.live.reread())
    job, steps = rebuilder.job(ALL), 0
    finished = False
    while not finished:
        with transaction(shop.db):
            finished = job.step(shop.db, 60.0)
        steps += 1

    assert steps == 3  # a full-text table is not renamed in the transaction it was filled in; then the old ones go
    assert shop.dump() == before
    assert shop.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_readers_go_on_through_a_swap(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "store.db")
    reader = open_reader(tmp_path / "store.db")
    asked = "SELECT c.name FROM customers c JOIN customers_fts f ON f.rowid = position WHERE customers_fts MATCH 'ann'"

    def look() -> None:
        assert reader.execute(asked).fetchall() == [("Ann Lee",)]

    look()
    shop.run(shop.job("customers"), between=look)
    look()
    reader.close()


def test_progress_says_how_far_it_has_come(shop: Shop) -> None:
    job = shop.job("day_totals")
    seen = []
    while not shop.step(job):
        seen += [each.fraction for each in job.progress]

    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert job.progress[0].name == "day_totals"
    assert job.progress[0].head == len(shop.log.events)


def test_a_changed_version_is_stale_until_its_rebuild_and_nothing_is_folded_into_it(shop: Shop) -> None:
    shop.db.execute("UPDATE projections SET version = 99 WHERE name = 'stock'")
    with transaction(shop.db):
        names = states.prepare(shop.db, "2026-11-23T00:00:00.000000Z")
    shop.live.reread()
    shop.db.execute("DELETE FROM stock")
    shop.sell()

    assert names == ("stock",)
    assert shop.db.execute("SELECT count(*) FROM stock").fetchone() == (0,)

    shop.run(shop.job(*names))
    shop.sell()

    assert shop.dump() == shop.fold_of_its_log()


def test_a_projection_that_an_older_program_did_not_know_is_rebuilt_at_the_next_start(shop: Shop) -> None:
    older = [each for each in PROJECTIONS if each.name != "registers"]
    with transaction(shop.db):
        states.prepare(shop.db, "2026-11-23T00:00:00.000000Z", older)

    with transaction(shop.db):
        assert states.prepare(shop.db, "2026-11-23T00:00:00.000000Z") == ("registers",)


def test_a_start_without_a_change_has_nothing_to_rebuild(shop: Shop) -> None:
    with transaction(shop.db):
        assert states.prepare(shop.db, "2026-11-23T00:00:00.000000Z") == ()


def test_a_record_that_cannot_be_read_ends_the_rebuild_and_is_named(shop: Shop) -> None:
    shop.db.execute("DROP TRIGGER events_never_change")
    shop.db.execute("UPDATE events SET record = substr(record, 1, 200) WHERE position = 12")

    with pytest.raises(LogDamaged) as damage:
        shop.run(shop.job())

    assert damage.value.facts["position"] == 12


def test_a_customer_erased_during_a_rebuild_leaves_no_word_in_the_index(shop: Shop) -> None:
    job = shop.job("customers", "orders")
    for _ in range(4):
        shop.step(job)
    shop.log.add("customer-ann", e.CustomerErased(customer_id="ann"))
    shop.catch_up()

    shop.run(job)

    for table in ("customers_fts", "orders_fts"):
        assert fts.is_sound(shop.db, table)
        blocks = b"".join(block for (block,) in shop.db.execute(f"SELECT block FROM {table}_data"))
        assert b"ann" not in blocks
    assert shop.dump() == shop.fold_of_its_log()


def test_the_words_of_deleted_rows_are_gone_once_an_index_is_optimized() -> None:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("CREATE VIRTUAL TABLE people USING fts5(name)")
    for n in range(50):
        db.execute("INSERT INTO people(rowid, name) VALUES (?, ?)", (n, f"hidden{n}"))
    db.execute("DELETE FROM people")

    optimize = fts.Optimize(["people"])
    for _ in range(100):
        if optimize.step(db, 0.0):
            break

    assert b"hidden" not in b"".join(block for (block,) in db.execute("SELECT block FROM people_data"))


def test_log_is_empty_and_a_rebuild_ends_at_once() -> None:
    shop = Shop()
    shop.db, shop.log = open_store(), Log()

    shop.run(shop.job())

    assert {state.position for state in states.read(shop.db).values()} == {0}
