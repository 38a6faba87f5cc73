"""Terminals without colours, slow lines, and thirty of them at once."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from rich.color import Color

from tests.support.api import Shop, sale
from tests.support.consoles import Terminal, console, listening
from tui.app import LOW_BANDWIDTH_TELL_SECONDS
from tui.live import TELL_EVERY_SECONDS
from tui.themes import HIGH_CONTRAST

CONSOLES = 30


def coloured(at: Terminal) -> set[str]:
    """The colours on the screen that are no shade of grey."""
    return {each for each in painted(at) if not _grey(Color.parse(each))}


def painted(at: Terminal) -> set[str]:
    """The colours on the screen."""
    strips = at.console.screen._compositor.render_strips()  # what is painted has no other reader
    styles = [segment.style for strip in strips for segment in strip if segment.style is not None]
    found = [each for style in styles for each in (style.color, style.bgcolor) if each is not None]
    return {each.name for each in found}


def _grey(color: Color) -> bool:
    red, green, blue = color.get_truecolor()
    return red == green == blue


async def test_no_color_is_heeded(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(shop) as at:
        await at.shows("Taken by tender")
        assert coloured(at)
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(shop) as at:
        await at.shows("Taken by tender")

        assert coloured(at) == set()


async def test_high_contrast_is_black_and_bright(shop: Shop) -> None:
    async with console(shop, theme=HIGH_CONTRAST.name) as at:
        await at.go("stock")
        await at.shows("Tea")

        assert at.console.current_theme.background == "#000000"
        assert {"#ffff00", "#000000"} <= painted(at)


async def test_a_slow_line_is_told_less_often_and_never_animated(shop: Shop) -> None:
    async with console(shop, low_bandwidth=True) as at:
        await at.shows("Taken by tender")
        await shop.post("/sales", sale())
        await at.shows("2.50")

        assert at.console.animation_level == "none"
        assert LOW_BANDWIDTH_TELL_SECONDS >= 4 * TELL_EVERY_SECONDS


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_thirty_consoles_hear_of_one_sale(shop: Shop) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(listening(shop))
        terminals = [await stack.enter_async_context(console(shop, url=url)) for _ in range(CONSOLES)]
        await shop.post("/sales", sale({"product_id": "tea", "quantity": "3"}))
        await asyncio.gather(*[each.shows("7.50") for each in terminals])

        assert shop.services.feed.clients == CONSOLES
    assert shop.services.feed.clients == 0
