"""Sync, events, devices, people and the system: seen and changed by who may, from a terminal."""

import pytest

from appliance.observability.problem_kinds import KINDS
from tests.support.api import Shop, sale
from tests.support.consoles import EMPTY, SHOWN, console
from tests.support.people import hire
from tui import wrongs
from tui.rooms import ROOMS as ROOMS_THERE
from tui.rooms import open_to
from tui.screens.problems import ADVICE, OTHER, advice_for
from tui.screens.room import Room
from tui.screens.system import System

SIZES = [(60, 20), (80, 24), (200, 60)]
ROOMS = ["problems", "sagas", "dead-letters", "sync", "events", "devices", "people", "system"]


@pytest.mark.parametrize("size", SIZES)
async def test_every_room_fits_every_terminal(shop: Shop, size: tuple[int, int]) -> None:
    await shop.post("/sales", sale())
    async with console(shop, size=size) as at:
        for name in ROOMS:
            room = await at.go(name)
            text = await at.shows(room.TITLE_TEXT, "q Back")

            assert room.state in (SHOWN, EMPTY), name
            assert max(len(line) for line in text.splitlines()) <= size[0], name


@pytest.mark.parametrize(
    ("role", "shut"),
    [
        ("cashier", {"problems", "sync", "events", "devices", "people", "system"}),
        ("supervisor", {"devices"}),
        ("manager", set()),
        ("hq", {"sagas", "dead-letters", "devices"}),
    ],
)
def test_a_role_has_the_rooms_that_the_store_lets_it_read(role: str, shut: set[str]) -> None:
    assert set(ROOMS) - {each.name for each in open_to(role)} == shut


async def test_a_store_without_head_office_says_so_and_offers_nothing_to_pause(shop: Shop) -> None:
    async with console(shop) as at:
        room = await at.go("sync")
        text = await at.shows("No head office is set")

        assert room.state == EMPTY
        assert "Pause" not in text


def _empty(room: Room) -> bool:
    """Asked for again and again: what is looked at live is no event."""
    room.reload()
    return room.state == EMPTY


async def test_a_problem_is_mended_with_one_key_and_then_nothing_is_wrong(shop: Shop) -> None:
    async with console(shop) as at:
        room = await at.go("problems")
        await at.shows("! The last backup is too old", "F9 takes one now", "F9 mends it.")
        await at.press("f9")
        await at.shows("It is being mended")
        await at.until(lambda: _empty(room))
        await at.shows("+ Nothing is known to be wrong")


async def test_whoever_may_not_mend_is_offered_the_way_and_no_key(shop: Shop) -> None:
    async with console(shop, role="supervisor") as at:
        await at.go("problems")
        text = await at.shows("! The last backup is too old", "Enter goes there.")

        assert "Mend" not in text


def test_the_console_has_words_for_every_kind_of_problem() -> None:
    said = {*wrongs.TITLES, *wrongs.NEXT_STEPS}
    for kind, known in KINDS.items():
        assert known.title in said, kind
        assert advice_for(kind).text or known.next_step in said, kind
        assert advice_for(kind).room in {each.name for each in ROOMS_THERE}
    assert set(ADVICE) <= set(KINDS)
    assert advice_for("what nobody has heard of") == OTHER


async def test_the_log_is_followed_held_filtered_and_one_cause_is_followed(shop: Shop) -> None:
    async with console(shop) as at:
        await at.go("events")
        await at.shows("product.")
        await shop.post("/sales", sale())
        await at.shows("sale.completed")
        await at.press("f")
        await at.shows("! held")
        before = at.text.count("sale.completed")
        await shop.post("/sales", sale())
        await at.press("slash")
        await at.fill("product.")
        text = await at.shows("found for: product.")

        assert before == 1
        assert "sale.completed" not in text.replace("found for", "")
        await at.press("enter")
        await at.shows("By whom and why", "correlation_id", "Same cause")
        await at.press("c")
        await at.shows("Events of one cause", "product.")


async def test_a_device_is_let_in_by_a_code_and_shut_out_for_good(shop: Shop) -> None:
    await shop.token("cashier")
    async with console(shop) as at:
        await at.go("devices")
        await at.shows("device-cashier", "* may speak")
        await at.press("ctrl+n")
        await at.shows("Let a device in")
        await at.fill("Back office", "cashier", "")
        text = await at.shows("Code: ", "Shown this once")
        code = text.split("Code: ")[1].split()[0]
        enrolled = await shop.post("/enrolments", {"code": code}, role=None, key="")
        await at.press("escape")

        assert enrolled.status_code == 201, enrolled.text
        await at.press("ctrl+r")
        await at.shows("Back office")
        await at.press("g", "ctrl+d")
        await at.shows("Shut this device out?")
        await at.press("tab", "enter")
        await at.shows("is shut out.")


async def test_enter_alone_shuts_nobody_out(shop: Shop) -> None:
    await shop.token("cashier")
    async with console(shop) as at:
        await at.go("devices")
        await at.press("ctrl+d", "enter")
        await at.shows("* may speak")

    assert not [each for each in (await shop.get("/devices")).json()["items"] if each["revoked_at"]]


async def test_a_role_that_does_not_exist_is_refused_with_the_next_step(shop: Shop) -> None:
    async with console(shop) as at:
        await at.go("people")
        await at.shows("Nobody signs on here yet")
        await at.press("ctrl+n")
        await at.fill("anna", "Anna Lind", "boss")
        await at.until(lambda: "! " in at.text and "role" in at.text)


async def test_an_operator_s_life(shop: Shop) -> None:
    async with console(shop) as at:
        await at.go("people")
        await at.press("ctrl+n")
        await at.shows("Add an operator")
        await at.fill("anna", "Anna Lind", "cashier")
        await at.shows("Anna Lind is added", "! has no PIN yet")
        await at.press("ctrl+o")
        await at.fill("supervisor")
        await at.shows("another role", "supervisor")
        await at.press("ctrl+y")
        await at.fill("4711", "4712")
        await at.shows("The two PINs differ")
        await at.press("ctrl+y")
        await at.fill("4711", "4711")
        await at.shows("* signs on")
        await at.press("ctrl+t")
        await at.shows("Code: ")
        await at.press("escape", "ctrl+d")
        await at.shows("Let Anna Lind in no more?")
        await at.press("tab", "enter")
        await at.shows("x disabled")


async def test_a_supervisor_reads_people_and_the_system_and_changes_neither(shop: Shop) -> None:
    await hire(shop, "anna")
    async with console(shop, role="cashier", operator="anna") as at:
        await at.go("people")
        people = await at.shows("* signs on")
        await at.go("system")
        system = await at.shows("Health", "Backups")

        assert "Disable" not in people
        assert "Rebuild" not in system


async def test_a_verification_that_has_just_begun_says_so_and_names_no_share_of_nothing(shop: Shop) -> None:
    async with console(shop) as at:
        room = await at.go("system")
        assert isinstance(room, System)
        room.verification = {"status": "running", "checked": 0, "total": 0}
        room.draw()

        assert "0 %" not in await at.shows("Begun; of what is here nothing has been looked at yet. Ctrl+E")


async def test_the_store_is_verified_backed_up_and_a_view_rebuilt_with_progress(shop: Shop) -> None:
    await shop.post("/sales", sale())
    async with console(shop, size=(100, 50)) as at:
        await at.go("system")
        await at.shows("Verification", "None yet. Ctrl+N takes one", "stock")
        await at.press("ctrl+e")
        await at.shows("+ clean")
        await at.press("ctrl+n")
        await at.shows("MB")
        await at.press("ctrl+u")
        await at.shows("is rebuilt. Selling goes on meanwhile.")
        await at.hides("~ ")
