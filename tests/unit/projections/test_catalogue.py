"""What the catalogue says after products and price lists came in."""

import json

from appliance.domain import events as e
from appliance.projections.catalogue import Catalogue
from tests.support.folding import DATE, Log, folded, opener, rows


def define(log: Log, product_id: str, *codes: str, at: str | None = None, price: str | None = "1.20") -> None:
    event = e.ProductDefined(
        product_id=product_id, name=product_id.title(), kind="stocked", tax_code="standard", barcodes=codes, price=price
    )
    log.add(f"product-{product_id}", event, at=at)


def stage(log: Log, version: str, part: int, **prices: str) -> None:
    listed = tuple(e.ListPrice(product_id=product, price=price) for product, price in prices.items())
    log.add(f"pricelist-{version}", e.PriceListStaged(version=version, part=part, prices=listed))


def activate(log: Log, version: str, valid_from: str = f"{DATE}T00:00:00.000000Z") -> None:
    event = e.PriceListActivated(version=version, valid_from=valid_from, parts=1, products=1)
    log.add(f"pricelist-{version}", event)


def test_the_last_definition_of_a_product_is_the_whole_of_it() -> None:
    log = Log()
    define(log, "tea", "1", "2")
    define(log, "tea", "3", price=None)

    db = folded(Catalogue(), log.events)

    assert rows(db, "SELECT price, barcodes, position, version FROM products") == [(None, json.dumps(["3"]), 2, 2)]


def test_a_product_gives_up_the_codes_it_lists_no_more() -> None:
    log = Log()
    define(log, "tea", "1", "2")
    define(log, "tea", "2", "3")

    db = folded(Catalogue(), log.events)

    assert rows(db, "SELECT code, product_id, position FROM barcodes") == [("2", "tea", 2), ("3", "tea", 2)]


def test_a_code_belongs_to_whoever_listed_it_last_and_the_former_owner_cannot_give_it_up() -> None:
    log = Log()
    define(log, "tea", "1")
    define(log, "jam", "1")
    define(log, "tea")

    db = folded(Catalogue(), log.events)

    assert rows(db, "SELECT code, product_id FROM barcodes") == [("1", "jam")]


def test_a_code_its_last_owner_drops_is_nobodys() -> None:
    log = Log()
    define(log, "tea", "1")
    define(log, "jam", "1")
    define(log, "jam")

    assert rows(folded(Catalogue(), log.events), "SELECT * FROM barcodes") == []


def test_a_products_own_price_holds_from_its_definition_on() -> None:
    log = Log()
    define(log, "tea", price="1.20", at="2026-11-01T08:00:00.000000Z")
    define(log, "tea", price="1.30", at="2026-11-02T08:00:00.000000Z")

    prices = rows(folded(Catalogue(), log.events), "SELECT valid_from, version, price FROM prices")

    assert prices == [
        ("2026-11-01T08:00:00.000000Z", "product", "1.20"),
        ("2026-11-02T08:00:00.000000Z", "product", "1.30"),
    ]


def test_a_staged_list_changes_no_price_before_it_is_activated() -> None:
    log = Log()
    stage(log, "v1", 1, tea="2")

    db = folded(Catalogue(), log.events)

    assert rows(db, "SELECT * FROM prices") == []
    assert rows(db, "SELECT version, activated_position FROM pricelists") == [("v1", None)]


IN_FORCE = (
    "SELECT product_id, valid_from, activated_position, version, price FROM staged_prices"
    " JOIN pricelists USING (version) WHERE activated_position IS NOT NULL ORDER BY product_id"
)


def test_an_activated_list_holds_from_its_own_moment() -> None:
    log = Log()
    stage(log, "v1", 1, tea="2", jam="3")
    stage(log, "v1", 2, pie="4")
    activate(log, "v1", "2027-01-01T00:00:00.000000Z")

    db = folded(Catalogue(), log.events)

    assert rows(db, IN_FORCE) == [
        (product, "2027-01-01T00:00:00.000000Z", 3, "v1", price)
        for product, price in (("jam", "3"), ("pie", "4"), ("tea", "2"))
    ]
    assert rows(db, "SELECT parts, activated_position FROM pricelists") == [(1, 3)]


def test_a_list_is_put_in_force_by_one_row_however_long_it_is() -> None:
    log = Log()
    stage(log, "v1", 1, **{f"p{number}": "2" for number in range(500)})
    db = folded(Catalogue(), log.events)
    before, staged = db.total_changes, len(log.events)
    activate(log, "v1")
    Catalogue().apply(db, log.events[staged:], opener)

    assert db.total_changes - before == 1
    assert len(rows(db, IN_FORCE)) == 500


def test_of_a_product_listed_in_two_parts_the_later_part_holds() -> None:
    log = Log()
    stage(log, "v1", 1, tea="4")
    stage(log, "v1", 2, tea="5")
    activate(log, "v1")

    assert [row[-1] for row in rows(folded(Catalogue(), log.events), IN_FORCE)] == ["5"]


def test_a_part_staged_again_replaces_its_prices() -> None:
    log = Log()
    stage(log, "v1", 1, tea="4")
    stage(log, "v1", 1, tea="6")
    activate(log, "v1")

    assert [row[-1] for row in rows(folded(Catalogue(), log.events), IN_FORCE)] == ["6"]
