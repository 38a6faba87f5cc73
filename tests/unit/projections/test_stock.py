"""What the book says is on the shelf."""

import pytest

from appliance.domain import events as e
from appliance.domain.thousandths import milli
from appliance.projections.stock import Stock
from tests.support.folding import Log, folded, line, rows

LEVEL = "SELECT on_hand_milli, oversold_since, last_position FROM stock WHERE product_id = 'tea'"
MOVED = (
    "SELECT position, value ->> 0, value ->> 1 FROM stock_movements CROSS JOIN json_each(moved) WHERE key = 'tea'"
    " ORDER BY position"
)


def receive(log: Log, quantity: str) -> None:
    log.add("stock-tea", e.StockReceived(product_id="tea", quantity=quantity, reference="note 7"))


@pytest.mark.parametrize(
    ("quantity", "thousandths"), [("1", 1000), ("0.5", 500), ("-80995", -80_995_000), ("2.125", 2125), ("12.0", 12_000)]
)
def test_a_quantity_is_counted_in_thousandths(quantity: str, thousandths: int) -> None:
    assert milli(quantity) == thousandths


def test_goods_come_in_and_go_out() -> None:
    log = Log()
    receive(log, "10")
    log.sale("s-1", line("tea", "2.5"))

    assert rows(folded(Stock(), log.events), LEVEL) == [(7500, None, 2)]


def test_the_same_product_on_several_lines_is_one_movement() -> None:
    log = Log()
    log.sale("s-1", line("tea", "2"), line("tea", "3", number=2))

    assert rows(folded(Stock(), log.events), MOVED) == [(1, -5000, None)]


def test_a_line_of_no_stocked_product_moves_nothing() -> None:
    log = Log()
    log.sale("s-1", line("postage", stocked=False))

    db = folded(Stock(), log.events)

    assert rows(db, "SELECT * FROM stock") == rows(db, "SELECT * FROM stock_movements") == []


def test_a_void_puts_the_goods_back() -> None:
    log = Log()
    receive(log, "10")
    log.void(log.sale("s-1", line("tea", "4")))

    assert rows(folded(Stock(), log.events), LEVEL) == [(10_000, None, 3)]


@pytest.mark.parametrize(("restock", "on_hand"), [(True, 8000), (False, 7000)])
def test_a_refund_puts_the_goods_back_only_where_they_went_back_on_the_shelf(restock: bool, on_hand: int) -> None:
    log = Log()
    receive(log, "10")
    log.sale("s-1", line("tea", "3"))
    log.refund("r-1", line("tea", "1"), sale_id="s-1", restock=restock)

    assert rows(folded(Stock(), log.events), LEVEL)[0][0] == on_hand


def test_a_count_changes_the_book_by_its_variance() -> None:
    log = Log()
    receive(log, "10")
    log.add("stock-tea", e.StockCounted(product_id="tea", counted="8", book="10", variance="-2", reason="yearly"))
    log.add("stock-tea", e.StockAdjusted(product_id="tea", quantity="-0.5", reason="broken"))

    db = folded(Stock(), log.events)

    assert rows(db, LEVEL) == [(7500, None, 3)]
    assert rows(db, "SELECT kind, ref FROM stock_movements") == [
        ("received", "note 7"),
        ("counted", "yearly"),
        ("adjusted", "broken"),
    ]


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_what_is_oversold_says_since_which_position_until_it_is_made_good(batch: int) -> None:
    log = Log()
    receive(log, "1")
    log.sale("s-1", line("tea"))
    log.sale("s-2", line("tea"))
    log.sale("s-3", line("tea"))

    assert rows(folded(Stock(), log.events, batch=batch), LEVEL) == [(-2000, 3, 4)]

    receive(log, "2")
    assert rows(folded(Stock(), log.events, batch=batch), LEVEL) == [(0, None, 5)]

    log.sale("s-4", line("tea"))
    assert rows(folded(Stock(), log.events, batch=batch), LEVEL) == [(-1000, 6, 6)]


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_each_movement_names_its_products_one_before(batch: int) -> None:
    log = Log()
    receive(log, "9")
    log.sale("s-1", line("jam"))
    log.sale("s-2", line("tea"), line("jam", number=2))
    log.sale("s-3", line("tea"))

    assert rows(folded(Stock(), log.events, batch=batch), MOVED) == [(1, 9000, None), (3, -1000, 1), (4, -1000, 3)]
