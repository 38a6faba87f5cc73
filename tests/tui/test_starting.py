"""How a console starts: what is loaded when, and into which process."""

import subprocess
import sys

from tui.__main__ import HTTPX_COMMAND_LINE, _loaded, parser
from tui.rooms import ROOMS, SCREENS
from tui.screens.room import Room

OF_TEXTUAL = "sorted(name for name in sys.modules if name.partition('.')[0] == 'textual')"


def test_textual_is_not_loaded_before_the_options_say_how_frugal_it_shall_be() -> None:
    said = subprocess.run(
        [sys.executable, "-c", f"import sys, tui.__main__, appliance.cli.console; print({OF_TEXTUAL})"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip

    assert said.stdout.strip() == "[]"


def test_the_command_line_of_the_http_library_is_not_loaded() -> None:
    code = f"import sys, tui.__main__ as it; it._loaded('tui.app'); print(sys.modules[{HTTPX_COMMAND_LINE!r}])"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert said.stdout.strip() == "None"


def test_what_is_left_out_is_as_the_settings_have_it() -> None:
    given = parser().parse_args(["--url=http://127.0.0.1:9"])
    settings = _loaded("tui.options").settings_of(given)

    assert (settings.lock_after_s, settings.low_bandwidth) == (300.0, False)


def test_every_door_leads_to_a_room() -> None:
    assert all(issubclass(each.screen, Room) for each in ROOMS)
    assert len({each.screen for each in ROOMS}) == len(ROOMS)


def test_the_first_room_is_loaded_without_the_others() -> None:
    others = [f"{SCREENS}.{name}" for name in ("sale", "orders", "stock", "listing")]
    code = (
        f"import sys, tui.app; tui.app.door('today').screen; print([name for name in {others} if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert said.stdout.strip() == "[]"
