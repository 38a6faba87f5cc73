"""Price lists from head office: whole or not at all, in force when they say, refused with a reason, never half."""

from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from appliance.api.services import Services
from appliance.domain.events import SaleCompleted
from appliance.sync import subjects
from appliance.sync.bucket import FULL_BATCH
from tests.support.commanding import Headquarters, PriceList, do, down, headquarters, recorded, said, sale, stocked
from tests.support.head_office import HeadOffice, head_office
from tests.support.syncing import STORE, at, until, upstream

REFUSED, ACTIVATED = "pricelist.refused", "pricelist.activated"
TEA = {"product_id": "tea", "price": "1.99"}
JAM = {"product_id": "jam", "price": "0.99"}
LATER = "2099-01-01T00:00:00Z"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
async def hq(office: HeadOffice) -> AsyncIterator[Headquarters]:
    async with headquarters(office) as found:
        yield found


@pytest.fixture
async def store(office: HeadOffice, data: Path) -> AsyncIterator[Services]:
    async with at(office, data) as services:
        yield await stocked(services)


async def price_of(services: Services, product: str = "tea") -> str:
    """What a till charges now."""
    [recorded] = (await do(services, sale(product))).events
    assert isinstance(recorded.event, SaleCompleted)
    return recorded.event.lines[0].unit_price


def many(count: int) -> list[dict[str, Any]]:
    return [TEA, *({"product_id": f"p{n}", "price": "1.00"} for n in range(count - 1))]


async def test_a_list_in_parts_is_in_force_as_a_whole(store: Services, hq: Headquarters, data: Path) -> None:
    await hq.prices(PriceList("w48", many(1200)))

    [activated] = await recorded(data, ACTIVATED, 1)
    assert (activated["parts"], activated["products"]) == (3, 1200)
    assert [len(each["prices"]) for each in said(data, "pricelist.staged")] == [500, 500, 200]
    assert await price_of(store) == "1.99"


async def test_a_list_of_the_future_waits_for_its_time(store: Services, hq: Headquarters, data: Path) -> None:
    await hq.prices(PriceList("next", [TEA], valid_from=LATER))
    await recorded(data, ACTIVATED, 1)

    assert await price_of(store) == "2.50"
    told = (await upstream(store).status())["down"]["pricelists"]
    assert told["in_force"] is None


async def test_a_list_whose_parts_come_after_its_manifest_waits_for_them(
    store: Services, hq: Headquarters, data: Path
) -> None:
    late = PriceList("late", [TEA, JAM], per_part=1)
    await hq.prices(late, parts=False)
    await until(lambda: bool(down(store).pricelists.lists.waiting))
    for key, body in reversed(late.keyed("common")):
        await hq.put(subjects.CATALOGUE_BUCKET, key, body)

    await recorded(data, ACTIVATED, 1)
    assert said(data, REFUSED) == []
    assert down(store).pricelists.lists.waiting == {}


async def test_more_changes_than_one_look_takes_are_no_silence(store: Services, hq: Headquarters, data: Path) -> None:
    """Planted: where whatever is left after a full look counted as kept back, the link was dropped."""
    for number in range(FULL_BATCH + 40):
        await hq.put(subjects.CATALOGUE_BUCKET, f"common.other.{number}", b"{}")
    await hq.prices(PriceList("after", [TEA]))

    await recorded(data, ACTIVATED, 1)
    assert upstream(store).link.connected_count == 1


async def test_a_list_for_this_store_alone_is_taken_and_one_of_another_is_not_seen(
    store: Services, hq: Headquarters, data: Path
) -> None:
    await hq.prices(PriceList("theirs", [JAM]), scope="store-2")
    await hq.prices(PriceList("ours", [TEA]), scope=STORE)

    [activated] = await recorded(data, ACTIVATED, 1)
    assert activated["version"] == "ours"


DEFECTS: Mapping[str, tuple[PriceList, str]] = {
    "checksum": (PriceList("a1", [TEA], wrong={"sha256": "0" * 64}), "checksum"),
    "negative": (PriceList("a2", [{**TEA, "price": "-1"}]), "invalid-price"),
    "no number": (PriceList("a3", [{**TEA, "price": "cheap"}]), "invalid-price"),
    "a float": (PriceList("a4", [{**TEA, "price": 1.5}]), "part-invalid"),
    "a product twice": (PriceList("a5", [TEA, JAM, TEA]), "given-twice"),
    "a product in two parts": (PriceList("a6", [TEA, JAM, TEA], per_part=2), "given-twice"),
    "a barcode twice": (
        PriceList("a7", [{**TEA, "barcodes": ["20000002"]}, {**JAM, "barcodes": ["20000002"]}]),
        "given-twice",
    ),
    "too large a part": (PriceList("a8", many(501), per_part=501), "part-invalid"),
    "a part of another list": (PriceList("a9", [TEA], wrong_part={"version": "b9"}), "wrong-part"),
    "a part out of order": (PriceList("b1", [TEA], wrong_part={"part": 2}), "wrong-part"),
    "a part of another store": (
        PriceList("b2", [TEA], wrong={"keys": ["store-2.prices.b2.1"]}),
        "foreign-part",
    ),
    "no parts": (PriceList("b3", [TEA], wrong={"keys": []}), "manifest-invalid"),
    "no time zone": (PriceList("b4", [TEA], valid_from="2026-11-24T00:00:00"), "manifest-invalid"),
    "another version": (PriceList("b5", [TEA], wrong={"version": "b6"}), "wrong-version"),
    "the name of the products' own prices": (PriceList("product", [TEA]), "invalid-id"),
}


async def test_a_list_with_a_defect_is_refused_once_with_its_reason_and_the_prices_stay(
    store: Services, hq: Headquarters, data: Path
) -> None:
    await hq.prices(PriceList("good", [{**TEA, "price": "2.22"}]))
    await recorded(data, ACTIVATED, 1)
    for given, _ in DEFECTS.values():
        await hq.prices(given)
    await recorded(data, REFUSED, len(DEFECTS))
    down(store).catalogue_bucket.read_again()
    await hq.prices(PriceList("last", [JAM]))
    await recorded(data, ACTIVATED, 2)

    assert [each["reason"] for each in said(data, REFUSED)] == [reason for _, reason in DEFECTS.values()]
    assert [each["version"] for each in said(data, ACTIVATED)] == ["good", "last"]
    assert await price_of(store) == "2.22"
    told = (await upstream(store).status())["down"]["pricelists"]
    assert len(told["refused"]) == len(DEFECTS)
    assert told["in_force"]["version"] in {"good", "last"}


OTHERS: Mapping[str, Mapping[str, Any]] = {
    "another price": {"prices": [{**TEA, "price": "0.01"}, JAM]},
    "another product": {"prices": [TEA, {**JAM, "product_id": "honey"}]},
    "one product less": {"prices": [TEA]},
    "another time": {"prices": [TEA, JAM], "valid_from": LATER},
}


@pytest.mark.parametrize("scope", ["common", STORE])
@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
async def test_another_list_under_a_version_in_force_is_refused_with_a_reason(
    store: Services, hq: Headquarters, data: Path, other: Mapping[str, Any], scope: str
) -> None:
    first = PriceList("w51", [TEA, JAM])
    await hq.prices(first)
    await recorded(data, ACTIVATED, 1)
    await hq.prices(PriceList(version="w51", **({"valid_from": first.valid_from} | dict(other))), scope=scope)

    [refused] = await recorded(data, REFUSED, 1)
    assert (refused["reason"], refused["version"]) == ("pricelist-changed", "w51")
    assert "w51 is in force already with" in refused["detail"]
    assert await price_of(store) == "1.99"
    told = (await upstream(store).status())["down"]["pricelists"]
    assert [each["key"] for each in told["refused"]] == [f"{scope}.pricelists.w51"]


async def test_the_list_in_force_shown_again_is_not_refused(office: HeadOffice, data: Path, hq: Headquarters) -> None:
    given = PriceList("w52", [TEA, JAM])
    await hq.prices(given)
    async with at(office, data) as services:
        await stocked(services)
        await recorded(data, ACTIVATED, 1)
        await hq.prices(given)
        await hq.prices(given, scope=STORE)
    async with at(office, data) as services:
        await hq.prices(PriceList("after", [JAM]))
        await recorded(data, ACTIVATED, 2)

    assert said(data, REFUSED) == []


async def test_a_list_that_was_put_right_is_taken(store: Services, hq: Headquarters, data: Path) -> None:
    await hq.prices(PriceList("w50", [{**TEA, "price": "-1"}]))
    await recorded(data, REFUSED, 1)
    await hq.prices(PriceList("w50", [TEA]))

    await recorded(data, ACTIVATED, 1)
    assert (await upstream(store).status())["down"]["pricelists"]["refused"] == []


async def test_a_list_that_came_while_the_store_was_away_is_found(
    office: HeadOffice, data: Path, hq: Headquarters
) -> None:
    async with at(office, data) as services:
        await stocked(services)
    await hq.prices(PriceList("away", [TEA]))

    async with at(office, data) as services:
        await recorded(data, ACTIVATED, 1)
        await until(lambda: down(services).ages.seconds(subjects.CATALOGUE_BUCKET) is not None)


async def test_staging_that_was_broken_off_goes_on_where_it_was(
    office: HeadOffice, data: Path, hq: Headquarters
) -> None:
    given = PriceList("big", many(1500))
    async with at(office, data) as services:
        await stocked(services)
        await hq.prices(given)
        await recorded(data, "pricelist.staged", 1)
    async with at(office, data):
        await recorded(data, ACTIVATED, 1)

    assert [each["part"] for each in said(data, "pricelist.staged")] == [1, 2, 3]
