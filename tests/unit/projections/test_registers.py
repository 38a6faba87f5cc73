"""What stands at the registers, and which session everything belongs to."""

import pytest

from appliance.domain import events as e
from appliance.projections.registers import Registers
from tests.support.folding import DATE, Log, folded, line, rows
from tests.support.shop import closed, opened

SESSIONS = "SELECT session, sales_count, sales_amount FROM drawer_sessions ORDER BY session"
REGISTER = "SELECT name, session, session_open, after_position, opening_float, version FROM registers"


def added(log: Log, register_id: str = "till-1") -> None:
    log.add(f"register-{register_id}", e.RegisterAdded(register_id=register_id, name="Front"))


def test_a_new_register_waits_in_its_first_session() -> None:
    log = Log()
    added(log)

    assert rows(folded(Registers(), log.events), REGISTER) == [("Front", 1, 0, 0, 0, 1)]


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_nothing_falls_between_two_zs(batch: int) -> None:
    log = Log()
    added(log)
    log.sale("s-1", line("tea"))  # before the drawer was opened
    log.add("register-till-1", opened("till-1"))
    log.sale("s-2", line("tea"))
    log.add("register-till-1", closed("till-1"))
    log.sale("s-3", line("tea"))  # after the Z, before the drawer is opened again
    log.add("register-till-1", opened("till-1", session=2))
    log.sale("s-4", line("tea"))

    db = folded(Registers(), log.events, batch=batch)

    assert rows(db, SESSIONS) == [(1, 2, 240), (2, 2, 240)]
    assert rows(db, REGISTER) == [("Front", 2, 1, 5, 5000, 4)]


def test_a_session_knows_how_it_was_opened_counted_and_closed() -> None:
    log = Log()
    added(log)
    log.add("register-till-1", opened("till-1"))
    log.add("register-till-1", e.DrawerPaidIn(register_id="till-1", session=1, amount=500, reason="change"))
    log.add("register-till-1", e.DrawerPaidOut(register_id="till-1", session=1, amount=120, reason="milk"))
    log.add("register-till-1", e.DrawerCounted(register_id="till-1", session=1, counted=1))
    log.add("register-till-1", closed("till-1"))

    columns = "business_date, opened_position, opening_float, paid_in, paid_out, counted, counted_position"
    db = folded(Registers(), log.events)

    assert rows(db, f"SELECT {columns} FROM drawer_sessions") == [(DATE, 2, 5000, 500, 120, 5740, 5)]
    assert rows(db, "SELECT closed_position, expected, difference FROM drawer_sessions") == [(6, 5740, 0)]


@pytest.mark.parametrize("batch", [1, 100])
def test_tenders_are_net_of_change_voids_and_refunds(batch: int) -> None:
    log = Log()
    log.sale("s-1", line("tea"), tenders=(e.Tender(type="cash", amount=200, change=80),))
    log.void(log.sale("s-2", line("tea")))
    log.refund("r-1", line("tea", "0.5", 50), tenders=(e.Tender(type="card", amount=50),))

    found = rows(folded(Registers(), log.events, batch=batch), "SELECT type, count, amount FROM drawer_tenders")

    assert found == [("card", 1, -50), ("cash", 3, 120)]


@pytest.mark.parametrize("batch", [1, 100])
def test_voids_and_refunds_are_kept_apart_from_sales(batch: int) -> None:
    log = Log()
    log.void(log.sale("s-1", line("tea")))
    log.refund("r-1", line("tea"), register_id="till-2")

    columns = "register_id, sales_count, refunds_count, refunds_amount, voids_count, voids_amount"
    found = rows(folded(Registers(), log.events, batch=batch), f"SELECT {columns} FROM drawer_sessions")

    assert found == [("till-1", 1, 0, 0, 1, 120), ("till-2", 0, 1, 120, 0, 0)]


def test_the_last_receipt_number_is_kept_by_register_and_incarnation() -> None:
    log = Log()
    log.sale("s-1", line("tea"), register_id="till-a-1", receipt_number="till-a-1-1-41")
    log.sale("s-2", line("tea"), register_id="till-a-1", receipt_number="till-a-1-1-42")
    log.sale("s-3", line("tea"), register_id="till-a-1", receipt_number="till-a-1-2-1")

    db = folded(Registers(), log.events)

    assert rows(db, "SELECT * FROM receipt_numbers") == [("till-a-1", 1, 42), ("till-a-1", 2, 1)]
