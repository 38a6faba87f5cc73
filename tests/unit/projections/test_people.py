"""Customers and their orders: found by what they say, and forgotten when they ask for it."""

from collections.abc import Sequence

import pytest

from appliance.application.ports import Recorded
from appliance.domain import events as e
from appliance.projections import canonical, fts
from appliance.projections.base import Projection
from appliance.projections.customers import Customers
from appliance.projections.orders import Orders
from tests.support.folding import Log, folded, nothing_opens, opener, rows, sealed
from tests.support.shop import ordered


def registered(log: Log, customer_id: str, name: str) -> None:
    personal = sealed(customer_id, name=name, email=f"{customer_id}@example.com", phone="0123 456")
    event = e.CustomerRegistered(customer_id=customer_id, personal=personal, country="GB")
    log.add(f"customer-{customer_id}", event)


def erased(log: Log, customer_id: str) -> None:
    log.add(f"customer-{customer_id}", e.CustomerErased(customer_id=customer_id))


def people() -> Log:
    log = Log()
    registered(log, "ann", "Ann Lee")
    registered(log, "bob", "Bob Müller")
    log.add("order-o-1", ordered("o-1", "ann"))
    log.add("order-o-2", ordered("o-2", "bob"))
    return log


def dumped(projection: Projection, events: Sequence[Recorded], opens: object, batch: int = 100) -> list[str]:
    return list(canonical.dump(folded(projection, events, batch=batch, opens=opens), [projection]))


def found(log: Log, words: str) -> list[str]:
    sql = "SELECT customer_id FROM customers JOIN customers_fts f ON position = f.rowid WHERE customers_fts MATCH ?"
    return [customer for (customer,) in rows(folded(Customers(), log.events), sql, words)]


def test_a_customer_is_shown_opened() -> None:
    assert rows(folded(Customers(), people().events), "SELECT * FROM customers")[0] == (
        "ann",
        "Ann Lee",
        "ann@example.com",
        "0123 456",
        "GB",
        0,
        1,
        1,
    )


@pytest.mark.parametrize("words", ["ann", "LEE", '"example com" ann', "0123 ann"])
def test_a_customer_is_found_by_any_word_of_name_mail_or_phone(words: str) -> None:
    assert found(people(), words) == ["ann"]


def test_a_customer_is_found_without_the_dots_on_the_letters() -> None:
    assert found(people(), "muller") == ["bob"]


def test_an_erased_customer_is_found_no_more_and_shows_only_id_and_country() -> None:
    log = people()
    erased(log, "ann")

    assert found(log, "ann") == []
    row = rows(folded(Customers(), log.events), "SELECT * FROM customers")[0]
    assert row == ("ann", None, None, None, "GB", 1, 1, 2)


def test_a_customer_without_personal_data_is_not_taken_for_erased() -> None:
    log = Log()
    log.add("customer-x", e.CustomerRegistered(customer_id="x", personal=None))

    assert rows(folded(Customers(), log.events), "SELECT name, erased FROM customers") == [(None, 0)]


@pytest.mark.parametrize("projection", [Customers(), Orders()])
@pytest.mark.parametrize("batch", [1, 2, 100])
def test_a_fold_without_the_keys_equals_the_live_tables_once_all_are_erased(projection: Projection, batch: int) -> None:
    log = people()
    erased(log, "ann")
    erased(log, "bob")

    live = dumped(projection, log.events, opener, batch)

    assert live == dumped(projection, log.events, nothing_opens, batch)
    assert not [line for line in live if "Ann" in line or "High Street" in line]


def test_a_seal_that_cannot_be_opened_shows_as_erased() -> None:
    log = people()

    customers = folded(Customers(), log.events, opens=nothing_opens)
    orders = folded(Orders(), log.events, opens=nothing_opens)

    assert rows(customers, "SELECT DISTINCT name, erased FROM customers") == [(None, 1)]
    assert rows(orders, "SELECT DISTINCT address, erased FROM orders") == [(None, 1)]


def test_a_customer_registered_again_after_erasure_stays_erased() -> None:
    log = people()
    erased(log, "ann")
    registered(log, "ann", "Ann Again")

    assert found(log, "again") == []
    assert rows(folded(Orders(), log.events), "SELECT name FROM order_customers WHERE customer_id = 'ann'") == [(None,)]


def test_an_order_shows_what_was_promised_and_what_became_of_it() -> None:
    log = people()
    log.add("order-o-2", e.OrderCancelled(order_id="o-2", reason="changed their mind"))

    orders = rows(folded(Orders(), log.events), "SELECT order_id, status, total, reason, version FROM orders")

    assert orders == [("o-1", "created", 420, None, 1), ("o-2", "cancelled", 420, "changed their mind", 2)]


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_an_order_is_found_by_number_and_person_until_the_person_is_erased(batch: int) -> None:
    log = people()

    def by(words: str) -> list[int]:
        db = folded(Orders(), log.events, batch=batch)
        assert fts.is_sound(db, "orders_fts")
        return [rowid for (rowid,) in rows(db, "SELECT rowid FROM orders_fts WHERE orders_fts MATCH ?", words)]

    assert by("ann") == by('"o 1"') == by('"o 1" lee') == [3]

    erased(log, "ann")

    assert by("ann") == by("lee") == []
    assert by('"o 1"') == [3]


def test_an_order_of_a_customer_who_was_registered_later_is_found_by_the_name_too() -> None:
    log = Log()
    log.add("order-o-1", ordered("o-1", "ann"))
    registered(log, "ann", "Ann Lee")

    db = folded(Orders(), log.events, batch=1)

    assert rows(db, "SELECT rowid FROM orders_fts WHERE orders_fts MATCH 'lee'") == [(1,)]
