"""What the store knows of each document, and of what became of a sale."""

import pytest

from appliance.projections.documents import Documents
from tests.support.folding import DATE, Log, folded, line, rows

STATUS = "SELECT status, refunded FROM documents WHERE id = 's-1' AND kind = 'sale'"


def test_every_document_is_a_row_under_its_own_position() -> None:
    log = Log()
    sale = log.sale("s-1", line("tea", "2", 240), client_ref="0001", customer_id="ann")
    log.void(sale)
    log.refund("r-1", line("jam"), register_id="till-2")

    found = rows(
        folded(Documents(), log.events),
        "SELECT position, kind, id, sale_id, register_id, receipt_number, client_ref, business_date, total, customer_id"
        " FROM documents",
    )

    assert found == [
        (1, "sale", "s-1", "s-1", "till-1", "till-1-1-1", "0001", DATE, 240, "ann"),
        (2, "void", "s-1", "s-1", "till-1", "till-1-1-2", None, DATE, 240, None),
        (3, "refund", "r-1", None, "till-2", "till-2-1-1", None, DATE, 120, None),
    ]


@pytest.mark.parametrize("batch", [1, 100])
def test_a_voided_sale_is_voided(batch: int) -> None:
    log = Log()
    log.void(log.sale("s-1", line("tea")))

    assert rows(folded(Documents(), log.events, batch=batch), STATUS) == [("voided", 0)]


@pytest.mark.parametrize("batch", [1, 100])
def test_a_sale_is_refunded_when_all_of_it_has_gone_back(batch: int) -> None:
    log = Log()
    log.sale("s-1", line("tea", "2", 240), line("bag", "1", 0, number=2))
    log.refund("r-1", line("tea", "2", 240), sale_id="s-1")

    assert rows(folded(Documents(), log.events, batch=batch), STATUS) == [("partly_refunded", 240)]

    log.refund("r-2", line("bag", "1", 0, number=2), sale_id="s-1")

    assert rows(folded(Documents(), log.events, batch=batch), STATUS) == [("refunded", 240)]


def test_an_unlinked_refund_touches_no_sale() -> None:
    log = Log()
    log.sale("s-1", line("tea"))
    log.refund("r-1", line("tea"))

    assert rows(folded(Documents(), log.events), STATUS) == [("completed", 0)]


def test_every_lookup_of_a_sale_has_an_index_that_answers_it() -> None:
    db = folded(Documents(), [])

    def plan(where: str) -> str:
        return str(rows(db, f"EXPLAIN QUERY PLAN SELECT * FROM documents WHERE {where}")[0][3])

    assert "documents_by_client_ref" in plan("register_id = 'a' AND client_ref = 'b'")
    assert "documents_by_id" in plan("id = 'a'")
    assert "documents_by_date" in plan("business_date = 'a' ORDER BY position DESC")
    assert "documents_against_sale" in plan("sale_id = 'a' AND kind <> 'sale'")
