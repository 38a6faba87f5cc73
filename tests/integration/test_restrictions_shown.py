"""What head office has forbidden stands where people look: at the product, and at the register."""

from appliance.application.commands_hq import LiftRecall, RecallProduct, ReopenRegister, ShutRegister
from tests.support.api import Shop
from tests.support.commanding import do


async def test_a_recall_shows_at_the_product_until_it_is_lifted(shop: Shop) -> None:
    before = await shop.get("/products/tea")
    await do(shop.services, RecallProduct(recall_id="r-1", product_id="tea", reason="glass in one package"))
    found = await shop.get("/products/tea")

    assert (before.json()["recalled"], found.json()["recalled"]) == (None, "glass in one package")
    assert before.headers["etag"] != found.headers["etag"]
    listed = {each["product_id"]: each["recalled"] for each in (await shop.get("/products")).json()["items"]}
    assert listed == {"gift": None, "jam": None, "tea": "glass in one package"}
    await do(shop.services, LiftRecall(recall_id="r-1", product_id="tea"))
    assert (await shop.get("/products/tea")).json()["recalled"] is None


async def test_a_shut_register_says_why_until_it_is_reopened(shop: Shop) -> None:
    await do(shop.services, ShutRegister(register_id="till-2", reason="the drawer is broken"))

    assert await shut(shop) == {"till-1": None, "till-2": "the drawer is broken"}
    await do(shop.services, ReopenRegister(register_id="till-2"))
    assert await shut(shop) == {"till-1": None, "till-2": None}


async def shut(shop: Shop) -> dict[str, str | None]:
    """Why each register is shut."""
    return {each["register_id"]: each["shut"] for each in (await shop.get("/registers")).json()["items"]}
