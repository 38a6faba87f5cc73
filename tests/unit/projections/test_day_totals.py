"""What a business day comes to."""

from appliance.domain import events as e
from appliance.projections.day_totals import DayTotals
from tests.support.folding import DATE, Log, folded, line, rows


def totals(log: Log, batch: int = 100) -> dict[tuple[str, str], tuple[int, int, int]]:
    """(section, key) -> (count, amount, base) of the day."""
    found = rows(
        folded(DayTotals(), log.events, batch=batch),
        "SELECT section, key, count, amount, base FROM day_totals WHERE business_date = ?",
        DATE,
    )
    return {(section, key): (count, amount, base) for section, key, count, amount, base in found}


def test_sales_add_up_by_tender_tax_and_hour() -> None:
    log = Log()
    log.sale("s-1", line("tea"), line("pie", "1", 100, number=2, rate="0"))
    log.sale("s-2", line("tea"), local_time=f"{DATE}T17:59:59+01:00")

    assert totals(log) == {
        ("sales", ""): (2, 340, 0),
        ("tender", "cash"): (2, 340, 0),
        ("tax", "standard@20"): (2, 40, 200),
        ("tax", "standard@0"): (1, 0, 100),
        ("hour", "10"): (1, 220, 0),
        ("hour", "17"): (1, 120, 0),
    }


def test_a_voided_sale_leaves_nothing_but_the_count_of_what_happened() -> None:
    log = Log()
    log.void(log.sale("s-1", line("tea")))

    assert totals(log) == {
        ("sales", ""): (1, 120, 0),
        ("voids", ""): (1, 120, 0),
        ("tender", "cash"): (2, 0, 0),
        ("tax", "standard@20"): (0, 0, 0),
        ("hour", "10"): (1, 0, 0),
    }


def test_a_refund_is_counted_by_itself_and_taken_off_everything_else() -> None:
    log = Log()
    log.refund("r-1", line("tea"))

    assert totals(log) == {
        ("refunds", ""): (1, 120, 0),
        ("tender", "cash"): (1, -120, 0),
        ("tax", "standard@20"): (-1, -20, -100),
        ("hour", "10"): (0, -120, 0),
    }


def test_change_is_not_takings_and_rounding_is_told_apart() -> None:
    log = Log()
    paid = (e.Tender(type="cash", amount=200, change=75),)
    log.sale("s-1", line("tea", "1", 123), tenders=paid, rounding=2)

    found = totals(log)

    assert found["tender", "cash"] == (1, 125, 0)
    assert found["rounding", ""] == (1, 2, 0)
    assert found["sales", ""][1] + found["rounding", ""][1] == found["tender", "cash"][1]


def test_discounts_are_summed_by_kind_and_taken_back_by_a_void() -> None:
    log = Log()
    off = (e.Discount(kind="percent", amount=12, percent="10"), e.Discount(kind="amount", amount=5))
    sale = log.sale("s-1", line("tea", discounts=off))

    assert totals(log)["discount", "percent"] == (1, 12, 0)

    log.void(sale)

    assert totals(log)["discount", "amount"] == (0, 0, 0)


def test_a_day_is_the_documents_own_not_the_clocks() -> None:
    log = Log()
    log.sale("s-1", line("tea"), business_date="2026-11-21")

    assert totals(log) == {}
