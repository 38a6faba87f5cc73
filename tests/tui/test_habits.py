import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from textual.binding import Binding
from textual.widget import Widget

from appliance.domain.refusals import Refusal
from tests.support.api import BARCODE, Shop, serving, stocked
from tests.support.consoles import console, listening
from tests.support.people import PINS, hire
from tui import rooms
from tui.screens.asking import Ask
from tui.screens.help import Help
from tui.screens.lock import Lock
from tui.texts import Texts, locale_of

KEYWORDS = {"say": None, "mark": None, "texts": None}
HARMLESS = {"q", "j", "k", "g", "G", "s", "o", "colon", "slash", "question_mark"}
HARMLESS |= {"f", "c", "left_square_bracket", "right_square_bracket"}
ELSEWHERE = ("appliance.hq.", "appliance.demo.")
REPOSITORY = Path(__file__).parents[2]


async def test_every_key_of_the_footer_is_there_and_help_lists_them(shop: Shop) -> None:
    async with console(shop, size=(80, 50)) as at:
        await at.go("drawer")
        footer = (await at.shows("q Back")).splitlines()[-1]
        assert "f9 Open" in footer.lower().replace("open", "Open")
        assert "Paid in" not in footer  # the drawer is closed
        await at.press("question_mark")
        await at.until(lambda: isinstance(at.console.screen, Help))
        await at.shows("Keys here", "f7", "Drawer")
        await at.press("end")
        await at.shows("Scan at any time")
        await at.press("q")
        await at.shows("session 1: closed")


async def test_a_role_sees_only_its_rooms(shop: Shop) -> None:
    async with console(shop, role="hq") as at:
        at.console.action_go("sale")
        await at.pilot.pause()

        assert at.room.TITLE_TEXT == "Today"
        assert [each.name for each in rooms.open_to("hq")] == [
            "today", "stock", "drawer", "problems", "sync", "events", "people", "system",
        ]  # fmt: skip


async def test_the_palette_goes_to_a_room(shop: Shop) -> None:
    async with console(shop) as at:
        await at.press("ctrl+p")
        await at.pilot.press(*"Drawer")
        await at.shows("Go there")
        await at.press("enter")

        await at.shows("session 1: closed")


async def test_keys_are_remapped(shop: Shop) -> None:
    async with console(shop, keys={"room.stock": "f12"}) as at:
        await at.press("f12")

        await at.shows("Stock", "/ Search")


async def test_a_wrong_pin_is_told_with_what_to_do(shop: Shop) -> None:
    await hire(shop, "anna")
    async with console(shop, role="cashier") as at:
        await at.shows("Operator", "PIN")
        await at.fill("anna", "0000")
        await at.shows("!")
        await at.fill(PINS["anna"])

        await at.shows("anna (supervisor)")


async def test_an_idle_console_locks_and_opens_where_it_was(shop: Shop) -> None:
    await hire(shop, "anna")
    async with console(shop, role="cashier", operator="anna") as at:
        await at.go("sale")
        await at.fill("2*tea")
        await at.shows("Total 5.00")
        at.console._used -= 10_000
        at.console._lock_when_idle()
        await at.until(lambda: isinstance(at.console.screen, Lock))
        await at.until(lambda: at.console.focused is not None)
        await at.hides("Tea")
        await at.fill("anna", PINS["anna"])

        await at.shows("Total 5.00")


async def test_the_console_outlives_its_store(tmp_path: Path) -> None:
    """The store ends and begins again on its data; the console says so, keeps what it shows, and comes back."""
    async with AsyncExitStack() as stack:
        first = AsyncExitStack()
        shop = await stocked(await first.enter_async_context(serving(tmp_path)))
        url = await first.enter_async_context(listening(shop))
        at = await stack.enter_async_context(console(shop, url=url))
        await at.go("stock")
        await at.shows("* linked", "Tea")
        await first.aclose()

        await at.shows("! store away", "This is how it was at", "comes back by itself", "Tea")
        again = await stack.enter_async_context(serving(tmp_path))
        again.tokens = shop.tokens
        await stack.enter_async_context(listening(again, int(url.rpartition(":")[2])))
        await at.until(lambda: "* linked" in at.text and "This is how it was" not in at.text)
        received = {"lines": [{"product_id": "tea", "quantity": "7"}]}
        assert (await again.post("/stock/receipts", received)).status_code == 201
        await at.until(lambda: re.search(r"Tea.* 7 ", at.text))
        at.console.exit()


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (200, 60)])
async def test_nothing_is_clipped(shop: Shop, size: tuple[int, int]) -> None:
    async with console(shop, size=size) as at:
        for each in rooms.open_to("manager"):
            room = await at.go(each.name)
            for widget in room.walk_children(Widget):
                region = widget.region
                assert region.right <= size[0], (each.name, widget)
            assert "linked" in at.text.splitlines()[0]
            assert "Back" in at.text.splitlines()[-1]


def test_every_text_is_said_in_chinese() -> None:
    texts = Texts("zh_CN")
    found = {
        str(message)
        for _, _, message, _, _ in extract_from_dir(
            str(REPOSITORY / "tui"), method_map=[("**.py", "python")], keywords=KEYWORDS
        )
    }

    assert {each for each in found if each not in texts._known} == set()
    for each in found:
        assert re.findall(r"{\w+}", each).sort() == re.findall(r"{\w+}", texts(each)).sort()


def test_every_refusal_of_the_store_has_a_chinese_name() -> None:
    texts = Texts("zh_CN")

    assert {each.title for each in refusals(Refusal) if each.title not in texts._known} == set()


def refusals(of: type[Refusal]) -> Iterator[type[Refusal]]:
    """Every kind that a store may answer with: not what head office's commands and the demonstration say."""
    for each in of.__subclasses__():
        if each.__module__.startswith("appliance.") and not each.__module__.startswith(ELSEWHERE):
            yield each
        yield from refusals(each)


async def test_a_refusal_is_told_in_chinese_with_what_to_do(shop: Shop) -> None:
    async with console(shop, locale="zh_CN") as at:
        await at.go("sale")
        await at.scan(BARCODE)
        await at.shows("Tea")
        await at.press("f9")
        await at.until(lambda: isinstance(at.console.screen, Ask))
        await at.fill("1", "", "")

        await at.shows("! 付款不足以支付总额", "请收取不足的金额")


async def test_the_console_speaks_chinese(shop: Shop) -> None:
    async with console(shop, locale="zh_CN") as at:
        await at.go("drawer")

        await at.shows("钱箱", "备用金", "返回", "店长")


def test_the_language_comes_from_the_setting_then_from_the_terminal() -> None:
    assert locale_of("zh-CN", {}) in {"zh_CN", "zh_Hans_CN"}
    assert locale_of(None, {"LANG": "de_DE.UTF-8"}) == "de_DE"
    assert locale_of("nonsense!", {"LC_ALL": "C"}) == "en"
    assert Texts("de_DE").money(123456, 2, "EUR") == "1.234,56 EUR"
    assert Texts("de_DE").minor("12,50", 2) == 1250
    assert Texts("en").minor("12.505", 2) is None


def test_no_single_printable_key_changes_data() -> None:
    bindings = [each for door in rooms.ROOMS for kind in door.screen.__mro__ for each in vars(kind).get("BINDINGS", ())]
    keys = {key for each in bindings if isinstance(each, Binding) for key in each.key.split(",")}

    assert {key for key in keys if len(key) == 1} <= HARMLESS
    assert {key for key in keys if len(key) == 1} >= {"q", "s", "o"}
