"""What every inventory adapter promises."""

import pytest

from appliance.application.outside import Availability, Declined, Done, Found, Unavailable, Wanted
from tests.support.outside import Tried

TEA = (Wanted("tea", "2"),)


async def test_what_is_there_is_available(tried: Tried) -> None:
    await tried.set_stock("tea", "2")

    assert await tried.outside.inventory.check_availability(TEA) == Availability(True)


async def test_what_is_missing_is_named_with_what_there_is(tried: Tried) -> None:
    await tried.set_stock("tea", "1.5")

    found = await tried.outside.inventory.check_availability(TEA)

    assert found == Availability(False, (Unavailable("tea", "2", "1.5"),))


async def test_two_lines_of_one_product_are_counted_together(tried: Tried) -> None:
    await tried.set_stock("tea", "3")

    assert not (await tried.outside.inventory.check_availability(TEA + TEA)).all_available


async def test_reserved_goods_are_no_longer_available(tried: Tried) -> None:
    await tried.set_stock("tea", "3")

    await tried.outside.inventory.reserve("o1:reserve:1", "o1", TEA, expires_in_s=600)

    found = await tried.outside.inventory.check_availability(TEA)
    assert found.unavailable_items == (Unavailable("tea", "2", "1"),)


async def test_a_repeated_reservation_holds_the_goods_once(tried: Tried) -> None:
    await tried.set_stock("tea", "4")
    first = await tried.outside.inventory.reserve("o1:reserve:1", "o1", TEA, expires_in_s=600)

    assert await tried.outside.inventory.reserve("o1:reserve:1", "o1", TEA, expires_in_s=600) == first
    assert (await tried.outside.inventory.check_availability(TEA)).all_available


async def test_all_of_it_is_reserved_or_nothing(tried: Tried) -> None:
    await tried.set_stock("tea", "5")
    await tried.set_stock("jam", "0")

    with pytest.raises(Declined) as refusal:
        await tried.outside.inventory.reserve("o1:reserve:1", "o1", (*TEA, Wanted("jam", "1")), expires_in_s=600)

    assert refusal.value.code == "out_of_stock"
    assert (await tried.outside.inventory.check_availability((Wanted("tea", "5"),))).all_available


async def test_released_goods_are_available_again_and_releasing_twice_is_done(tried: Tried) -> None:
    await tried.set_stock("tea", "2")
    held = await tried.outside.inventory.reserve("o1:reserve:1", "o1", TEA, expires_in_s=600)

    for _ in range(2):
        assert isinstance(await tried.outside.inventory.release("o1:reserve:undo", held.reservation_id), Done)

    assert (await tried.outside.inventory.check_availability(TEA)).all_available


async def test_releasing_what_was_never_held_is_done_too(tried: Tried) -> None:
    assert isinstance(await tried.outside.inventory.release("o1:reserve:undo", "unheard-of"), Done)


async def test_a_query_tells_what_became_of_a_key(tried: Tried) -> None:
    inventory = tried.outside.inventory
    await tried.set_stock("tea", "2")

    assert await inventory.query("o1:reserve:1") == Found("absent")
    held = await inventory.reserve("o1:reserve:1", "o1", TEA, expires_in_s=600)
    assert await inventory.query("o1:reserve:1") == Found("done", held)


async def test_a_query_tells_of_a_refusal(tried: Tried) -> None:
    await tried.set_stock("tea", "0")
    with pytest.raises(Declined):
        await tried.outside.inventory.reserve("o1:reserve:1", "o1", TEA, expires_in_s=600)

    assert (await tried.outside.inventory.query("o1:reserve:1")).state in {"refused", "absent"}
