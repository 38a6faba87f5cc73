"""A stuck saga is set going from a real terminal, the way somebody on the store floor does it."""

import shutil
import sys
from pathlib import Path

import pytest

from appliance.application.outside import Declined
from tests.support.api import serving, stocked
from tests.support.consoles import listening
from tests.support.fulfilling import order, prepared, until
from tests.support.providers import Providers
from tests.support.tmux import Tmux

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed: apt install tmux")


@needs_tmux
async def test_a_saga_is_unstuck_in_a_real_terminal(tmp_path: Path) -> None:
    world = Providers()
    world.plans = {"ship": [Declined("no_route", "no")], "refund": [Declined("account_closed", "No such account.")]}
    token, terminal = tmp_path / "token", Tmux()
    async with serving(tmp_path / "data", around=world.around) as opened:
        shop = await stocked(opened)
        placed = await order(shop, await prepared(shop))
        await until(shop, placed, "stuck")
        token.write_text(await shop.token("supervisor"))
        async with listening(shop) as url:
            options = ("--url", url, "--token-file", str(token), "--register", "till-1", "--lang", "en")
            try:
                await terminal.start("env", f"PYTHONPATH={Path.cwd()}", sys.executable, "-m", "tui", *options)
                await terminal.shows("* linked", "Taken by tender")
                await terminal.keys("F8")
                await terminal.shows("! Orders need a decision")
                await terminal.keys("g")
                await terminal.shows("What to do: It needs a person")
                await terminal.keys("Enter")
                await terminal.shows("! 1 need a person")
                await terminal.keys("Enter")
                await terminal.shows("account_closed: No such account.", "Try again")
                await terminal.keys("C-t")
                await terminal.shows("Try this step again?")
                await terminal.type("The bank opened the account again.")
                await terminal.shows("It is: < compensated")
            finally:
                await terminal.close()
        read = await until(shop, placed, "failed")

    assert read["status"] == "failed"
    assert world.refunds(placed) == [250]
