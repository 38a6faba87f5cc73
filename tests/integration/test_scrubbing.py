"""Finding damage in the log and in the views, while the shop sells on."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.domain import events as e
from appliance.domain.events_fulfilment import StockReserved
from appliance.projections import chain_walk, registry, scrub
from appliance.projections.live import LiveFold
from appliance.projections.scrub import Scrub, pause
from tests.support.folding import line, nothing_opens, opener
from tests.support.fulfilled import EXPIRES_AT, JAM
from tests.support.shop import shop_log
from tests.support.stored_log import open_reader, open_store, store, transaction

TINY = 0.0  # one piece of work a slice


class Shop:
    """A store on disk that sells; it can be damaged behind the store's back."""

    def __init__(self, path: Path) -> None:
        self.path = path / "store.db"
        self.scratch = path / "scratch.db"
        self.db = open_store(self.path)
        self.log = shop_log()
        self.live = LiveFold(opener)
        self.sales = itertools.count(100)
        self.catch_up()

    def catch_up(self) -> None:
        with transaction(self.db):
            added = store(self.db, self.log)
            if added:
                self.live(self.db, added)

    def sell(self) -> None:
        self.log.sale(f"s-{next(self.sales)}", line("tea", "1", 150))
        self.catch_up()

    def damage(self, sql: str) -> None:
        """Change what no program of ours would change."""
        self.db.execute("DROP TRIGGER IF EXISTS events_never_change")
        self.db.execute("DROP TRIGGER IF EXISTS events_never_go")
        self.db.execute(sql)

    def scrub(self, between: Callable[[], None] = lambda: None, opens: object = opener) -> scrub.Report:
        ticks = itertools.count()
        work = Scrub(self.scratch, opens, timer=lambda: float(next(ticks)))  # type: ignore[arg-type]
        reader = open_reader(self.path)
        try:
            for _ in range(500):
                if work.slice(reader, TINY):
                    return work.report
                assert not reader.in_transaction
                between()
            pytest.fail("the scrub does not end")
        finally:
            work.close()
            reader.close()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A shop whose scrubs take many slices, as a long log's do."""
    monkeypatch.setattr(scrub, "ROWS_A_STRETCH", 3)
    monkeypatch.setattr(chain_walk, "ROWS_A_BATCH", 5)
    shop = Shop(tmp_path)
    yield shop
    shop.db.close()


def test_a_sound_store_is_found_clean(shop: Shop) -> None:
    report = shop.scrub()

    assert report.clean
    assert report.position == len(shop.log.events)
    assert report.skipped == ()


def test_a_store_that_sells_during_the_scrub_is_found_clean(shop: Shop) -> None:
    sales = itertools.count()

    def sell_sometimes() -> None:
        if next(sales) % 3 == 0 and len(shop.log.events) < 60:
            shop.sell()

    assert shop.scrub(sell_sometimes).clean


def test_an_empty_store_is_found_clean(tmp_path: Path) -> None:
    open_store(tmp_path / "store.db").close()
    work, reader = Scrub(tmp_path / "scratch.db", opener), open_reader(tmp_path / "store.db")

    while not work.slice(reader, 1.0):
        pass
    work.close()
    reader.close()

    assert work.report.clean


def test_nothing_is_left_on_the_disk(shop: Shop) -> None:
    shop.scrub()

    assert not shop.scratch.exists()


@pytest.mark.parametrize(
    ("projection", "table", "sql"),
    [
        (
            "catalogue",
            "staged_prices",
            "UPDATE staged_prices SET price = '0.01' WHERE product_id = 'tea' AND version = 'autumn'",
        ),
        ("catalogue", "barcodes", "DELETE FROM barcodes WHERE code = '20000001'"),
        ("stock", "stock", "UPDATE stock SET on_hand_milli = on_hand_milli + 1 WHERE product_id = 'jam'"),
        ("stock", "stock_movements", "UPDATE stock_movements SET moved = replace(moved, 'jam', 'jap')"),
        ("documents", "documents", "UPDATE documents SET status = 'completed' WHERE id = 's-2' AND kind = 'sale'"),
        ("registers", "receipt_numbers", "UPDATE receipt_numbers SET last_number = 1"),
        ("registers", "drawer_tenders", "INSERT INTO drawer_tenders VALUES ('till-3', 1, 'cash', 1, 1)"),
        ("day_totals", "day_totals", "UPDATE day_totals SET amount = amount + 1 WHERE section = 'sales'"),
        ("customers", "customers", "UPDATE customers SET name = 'Anne Lee' WHERE customer_id = 'ann'"),
        ("orders", "orders", "UPDATE orders SET total = 1 WHERE order_id = 'o-1'"),
    ],
)
def test_a_changed_row_is_found_and_shown_beside_what_it_should_be(
    shop: Shop, projection: str, table: str, sql: str
) -> None:
    shop.damage(sql)

    report = shop.scrub()

    assert set(report.differing) == {projection}
    assert {row.table for row in report.differing[projection].rows} == {table}
    assert all(row.live != row.expected for row in report.differing[projection].rows)


def test_a_difference_names_its_key_and_both_values(shop: Shop) -> None:
    shop.damage("UPDATE stock SET on_hand_milli = 77 WHERE product_id = 'tea'")

    (found,) = shop.scrub().differing["stock"].rows

    assert found.key == ("tea",)
    assert found.live is not None
    assert found.expected is not None
    assert (found.live[1], found.expected[1]) == (77, 7000)


def test_damage_is_found_while_the_shop_sells_on(shop: Shop) -> None:
    shop.damage("UPDATE stock SET on_hand_milli = 77000 WHERE product_id = 'jam'")
    left = iter(range(10))

    report = shop.scrub(lambda: shop.sell() if next(left, None) is not None else None)

    assert {row.key for row in report.differing["stock"].rows} == {("jam",)}
    assert set(report.differing) == {"stock"}


def test_more_differences_than_anyone_reads_are_counted_and_not_kept(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrub, "DIFFERENCES_KEPT", 2)
    shop.damage("DELETE FROM documents")

    found = shop.scrub().differing["documents"]

    assert (found.count, len(found.rows)) == (7, 2)


def test_a_word_missing_from_an_index_is_found(shop: Shop) -> None:
    shop.damage("DELETE FROM customers_fts_data WHERE id > 10")

    report = shop.scrub()

    assert not report.clean
    assert {*report.differing, *report.unreadable} == {"customers"}


def test_an_index_entry_for_a_row_that_is_gone_is_found(shop: Shop) -> None:
    shop.damage("INSERT INTO orders_fts (rowid, order_id, name) VALUES (9999, 'o-9', 'Mallory')")

    assert set(shop.scrub().differing) == {"orders"}


def test_a_row_that_is_no_text_any_more_is_a_finding_and_no_crash(shop: Shop) -> None:
    shop.damage("UPDATE customers SET name = CAST(x'C328FF' AS TEXT) WHERE customer_id = 'ann'")

    (found,) = shop.scrub().differing["customers"].rows

    assert found.live is not None
    assert found.live[1] == "\\xc3(\\xff"


def test_a_table_that_cannot_be_read_is_a_finding_and_no_crash(shop: Shop) -> None:
    shop.damage("DROP TABLE stock_movements")

    report = shop.scrub()

    assert list(report.unreadable) == ["stock"]
    assert "stock_movements" in report.unreadable["stock"]
    assert report.differing == {}


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("UPDATE events SET record = replace(record, 'till', 'tilt') WHERE position = 12", "changed"),
        ("UPDATE events SET hash = zeroblob(32) WHERE position = 12", "changed"),
        ("UPDATE events SET record = CAST(x'C328FF' AS TEXT) WHERE position = 12", "changed"),
        ("UPDATE events SET stream_id = 'sale-other' WHERE position = 12", "another position, stream"),
        ("UPDATE events SET type = 'sale.voided' WHERE position = 12", "another position, stream"),
        ("DELETE FROM events WHERE position = 12", "missing"),
    ],
)
def test_the_first_bad_position_of_the_log_is_named(shop: Shop, sql: str, reason: str) -> None:
    shop.damage(sql)

    bad = shop.scrub().bad

    assert bad is not None
    assert bad.position == 12
    assert reason in bad.reason


def test_a_gap_in_a_stream_is_found(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.log.versions["register-till-1"] += 1
    shop.log.add("register-till-1", e.DrawerCounted(register_id="till-1", session=2, counted=1))
    shop.catch_up()

    bad = shop.scrub().bad

    assert bad is not None
    assert bad.position == len(shop.log.events)
    assert "stream" in bad.reason
    shop.db.close()


def test_views_are_not_blamed_for_a_log_that_cannot_be_folded(shop: Shop) -> None:
    shop.damage("UPDATE events SET record = substr(record, 1, 300) WHERE position = 12")

    report = shop.scrub()

    assert report.bad is not None
    assert report.unfolded is not None
    assert "12" in report.unfolded
    assert report.differing == {}


def test_a_bad_page_of_the_file_is_a_finding_and_no_crash(shop: Shop) -> None:
    shop.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (root,) = shop.db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events'").fetchone()
    shop.db.close()
    with shop.path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)

    report = shop.scrub()

    assert report.bad is not None
    assert not report.clean


def test_a_view_that_is_being_rebuilt_is_left_out_and_named(shop: Shop) -> None:
    shop.damage("DELETE FROM stock")
    shop.damage("UPDATE projections SET version = 0, status = 'stale' WHERE name = 'stock'")

    report = shop.scrub()

    assert report.skipped == ("stock",)
    assert report.clean


def test_a_customer_erased_while_the_scrub_reads_is_no_damage(shop: Shop) -> None:
    """Its key is destroyed after a slice began to read: the fresh fold cannot open what the row still shows."""
    gone = False

    def opens(sealed: e.Sealed) -> dict[str, str] | None:
        return nothing_opens(sealed) if gone else opener(sealed)

    def erase_after_the_reading() -> None:
        if "customer-ann" in shop.log.versions and shop.log.versions["customer-ann"] == 1:
            shop.log.add("customer-ann", e.CustomerErased(customer_id="ann"))
            shop.catch_up()

    work, reader = Scrub(shop.scratch, opens), open_reader(shop.path)
    work.slice(reader, 10.0)  # the chain
    gone = True
    assert not work.slice(reader, 10.0)  # sees the row, cannot open its seal: suspect, not guilty
    erase_after_the_reading()
    while not work.slice(reader, 10.0):
        pass
    work.close()
    reader.close()

    assert work.report.clean


def test_erased_customers_are_compared_as_erased(shop: Shop) -> None:
    for customer in ("ann",):
        shop.log.add(f"customer-{customer}", e.CustomerErased(customer_id=customer))
    shop.catch_up()

    assert shop.scrub(opens=nothing_opens).clean


def test_progress_grows_to_one(shop: Shop) -> None:
    ticks = itertools.count()
    work, reader = Scrub(shop.scratch, opener, timer=lambda: float(next(ticks))), open_reader(shop.path)
    seen = [work.fraction]
    while not work.slice(reader, TINY):
        seen.append(work.fraction)
    seen.append(work.fraction)
    work.close()
    reader.close()

    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("fraction", "elapsed", "spent", "expected"),
    [
        (0.5, 1000, 0.01, 60.0),  # far ahead: no longer than a minute at once
        (0.5, 1790, 0.01, 10.0),  # ahead by ten seconds
        (0.5, 2000, 0.01, 0.01),  # behind: half of the time at most
    ],
)
def test_the_pause_spreads_the_work_over_the_period(
    fraction: float, elapsed: float, spent: float, expected: float
) -> None:
    assert pause(fraction, elapsed, spent, 3600) == pytest.approx(expected)


def test_every_projection_is_compared(shop: Shop) -> None:
    held = StockReserved(reservation_id="v-9", order_id="o-9", lines=(JAM,), expires_at=EXPIRES_AT)
    shop.log.add("reservation-v-9", held)  # what is held at present is all that its view shows
    shop.catch_up()
    for each in registry.PROJECTIONS:
        table = next(iter(each.tables))
        shop.damage(f"DELETE FROM {table}")

    assert set(shop.scrub().differing) == {each.name for each in registry.PROJECTIONS}


def test_the_scrub_writes_nothing_to_the_store(shop: Shop) -> None:
    before = shop.db.execute("PRAGMA data_version").fetchone()

    shop.scrub()

    assert shop.db.execute("PRAGMA data_version").fetchone() == before
    with pytest.raises(sqlite3.OperationalError):
        open_reader(shop.path).execute("DELETE FROM stock")
