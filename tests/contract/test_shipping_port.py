"""What every shipping adapter promises."""

from appliance.application.outside import Done, Found
from tests.support.outside import Tried

ADDRESS = {"street": "Rua Áurea 1", "city": "Lisbon", "state": "", "country": "PT", "postal_code": "1100-060"}


async def test_a_shipment_has_a_number_to_follow_it_by(tried: Tried) -> None:
    made = await tried.outside.shipping.create("o1:ship:1", "o1", "pickup", None)

    assert made.shipment_id
    assert made.carrier


async def test_a_repeated_delivery_is_brought_once(tried: Tried) -> None:
    first = await tried.outside.shipping.create("o1:ship:1", "o1", "delivery", ADDRESS)

    assert await tried.outside.shipping.create("o1:ship:1", "o1", "delivery", ADDRESS) == first


async def test_a_shipment_can_be_stopped_and_stopping_it_again_is_done(tried: Tried) -> None:
    made = await tried.outside.shipping.create("o1:ship:1", "o1", "pickup", None)

    for _ in range(2):
        assert isinstance(await tried.outside.shipping.cancel("o1:ship:undo", made.shipment_id), Done)


async def test_a_query_tells_what_became_of_a_key(tried: Tried) -> None:
    shipping = tried.outside.shipping

    assert await shipping.query("o1:ship:1") == Found("absent")
    made = await shipping.create("o1:ship:1", "o1", "delivery", ADDRESS)
    assert await shipping.query("o1:ship:1") == Found("done", made)
