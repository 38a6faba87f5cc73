"""An order is picked and handed over from a real terminal, by a scanner whose codes arrive as bursts of keys."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.support.api import BARCODE, serving, stocked
from tests.support.consoles import listening
from tests.support.fulfilling import order, prepared, until
from tests.support.tmux import Tmux

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed: apt install tmux")


@needs_tmux
async def test_an_order_is_picked_in_a_real_terminal(tmp_path: Path) -> None:
    token, terminal = tmp_path / "token", Tmux()
    async with serving(tmp_path / "data") as opened:
        shop = await stocked(opened)
        placed = await order(shop, await prepared(shop), ("tea", "2"), kind="pickup")
        await until(shop, placed, "awaiting_pick")
        token.write_text(await shop.token("cashier"))
        async with listening(shop) as url:
            options = ("--url", url, "--token-file", str(token), "--register", "till-1", "--lang", "en")
            try:
                await terminal.start("env", f"PYTHONPATH={Path.cwd()}", sys.executable, "-m", "tui", *options)
                await terminal.shows("* linked", "Last receipts")
                await terminal.keys("F5")
                await terminal.shows("· Pick ", "awaiting_pick")
                await terminal.keys("Enter")
                await terminal.shows("for Ada Example", "Scan what you take")
                await terminal.keys(BARCODE, "Enter")
                await terminal.shows("Tea: 1 of 2")
                await terminal.keys(BARCODE, "Enter")
                await terminal.shows("Tea: 2 of 2")
                await terminal.keys("F9")
                await terminal.shows("Ready on place", "Hand over")
                await terminal.keys("F9")
                await terminal.shows("Hand it over?")
                await terminal.keys("Tab", "Enter")
                await terminal.shows("Handed over.")
            finally:
                await terminal.close()
        read = await until(shop, placed, "confirmed")

    assert [(each["product_id"], each["quantity"]) for each in read["picked"]["items"]] == [("tea", "2")]
