"""What every notification adapter promises."""

from appliance.application.outside import Done, Found
from tests.support.outside import Tried

RECIPIENT = {"name": "Ada Example", "email": "ada@example.org"}
CONTENT = {"order_id": "o1", "total": 1299, "items": [{"name": "Tea ☕", "quantity": "2"}]}


async def test_a_message_is_sent_once_for_a_key(tried: Tried) -> None:
    first = await tried.outside.notification.send("o1:tell:1", "order-confirmed", RECIPIENT, CONTENT)

    assert isinstance(first, Done)
    assert await tried.outside.notification.send("o1:tell:1", "order-confirmed", RECIPIENT, CONTENT) == first


async def test_nothing_is_sent_to_a_customer_who_was_erased(tried: Tried) -> None:
    sent = await tried.outside.notification.send("o1:tell:1", "order-confirmed", None, CONTENT)

    assert isinstance(sent, Done)


async def test_a_query_tells_what_became_of_a_key(tried: Tried) -> None:
    notification = tried.outside.notification

    assert await notification.query("o1:tell:1") == Found("absent")
    sent = await notification.send("o1:tell:1", "order-confirmed", RECIPIENT, CONTENT)
    assert await notification.query("o1:tell:1") == Found("done", sent)
