"""Sagas and dead letters: what is stuck is found, understood, and set going by a person."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.application.outside import Declined
from tests.support.api import Shop, serving, stocked
from tests.support.burying import buried, buried_alone
from tests.support.consoles import EMPTY, SHOWN, console
from tests.support.fulfilling import order, prepared, until
from tests.support.providers import Providers
from tui.screens.room import Room


@pytest.fixture
def world() -> Providers:
    return Providers()


@pytest.fixture
async def shop(tmp_path: Path, world: Providers) -> AsyncIterator[Shop]:
    async with serving(tmp_path / "data", around=world.around) as opened:
        yield await stocked(opened)


async def stuck(shop: Shop, world: Providers) -> str:
    """An order that can be neither shipped nor refunded; answers its id."""
    world.plans = {"ship": [Declined("no_route", "no")], "refund": [Declined("account_closed", "No such account.")]}
    placed = await order(shop, await prepared(shop))
    await until(shop, placed, "stuck")
    return placed


async def test_without_orders_the_room_says_what_begins_a_saga(shop: Shop) -> None:
    async with console(shop) as at:
        room = await at.go("sagas")

        assert room.state == EMPTY
        await at.shows("No saga is found. Orders begin them.")


async def test_a_stuck_saga_is_found_understood_and_tried_again(shop: Shop, world: Providers) -> None:
    placed = await stuck(shop, world)
    async with console(shop, size=(80, 50)) as at:
        await at.go("sagas")
        await at.shows("! stuck", "! 1 need a person", "process_payment")
        await at.press("enter")
        await at.shows("It needs a person", "account_closed: No such account.", "Try again", "Take back", "Skip step")
        await at.press("ctrl+t")
        await at.shows("Try this step again?", "Reason")
        await at.fill("The account is open again.")
        await until(shop, placed, "failed")
        await at.shows("It is: < compensated", "The account is open again.")

        await at.hides("Try again")


async def test_a_decision_without_a_reason_is_none(shop: Shop, world: Providers) -> None:
    await stuck(shop, world)
    async with console(shop) as at:
        await at.go("sagas")
        await at.press("enter")
        await at.shows("It needs a person")
        before = shop.position
        await at.press("ctrl+k", "enter")
        await at.shows("! Missing: Reason")
        await at.press("escape")
        await at.shows("It needs a person")

        assert shop.position == before


async def test_no_letter_and_no_digit_decides_anything(shop: Shop, world: Providers) -> None:
    await stuck(shop, world)
    async with console(shop) as at:
        await at.go("sagas")
        await at.press("enter")
        await at.shows("It needs a person")
        before = shop.position
        await at.press(*"abcdefghijklmnoprstuvwxyz0123456789", "enter")

        assert shop.position == before


async def test_a_cashier_sees_a_saga_and_is_offered_no_decision(shop: Shop, world: Providers) -> None:
    await stuck(shop, world)
    async with console(shop, role="cashier") as at:
        await at.go("sagas")
        await at.press("enter")
        text = await at.shows("It needs a person")

        assert "Skip step" not in text


async def test_the_state_filter_goes_round_and_escape_ends_it(shop: Shop, world: Providers) -> None:
    await stuck(shop, world)
    async with console(shop) as at:
        await at.go("sagas")
        await at.press("s")
        await at.shows("only: stuck", "process_payment")
        await at.press("s")
        await at.shows("No saga is found")
        await at.press("escape")
        await at.until(lambda: at.room.state == SHOWN)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 60)])
async def test_a_saga_can_be_read_on_every_terminal(shop: Shop, world: Providers, size: tuple[int, int]) -> None:
    await stuck(shop, world)
    async with console(shop, size=size) as at:
        await at.go("sagas")
        await at.shows("Sagas", "stuck")
        await at.press("enter")
        text = await at.shows("It needs a person", "Steps")

        assert max(len(line) for line in text.splitlines()) <= size[0]


async def test_no_dead_letter_is_good_news(shop: Shop) -> None:
    async with console(shop) as at:
        room = await at.go("dead-letters")

        assert isinstance(room, Room)
        await at.shows("No message gave up.")


async def test_problems_lead_from_a_stuck_saga_to_where_it_is_mended(shop: Shop, world: Providers) -> None:
    await stuck(shop, world)
    async with console(shop) as at:
        await at.go("problems")
        await at.shows("! Orders need a decision")
        await at.press("g")
        await at.shows("What to do: It needs a person")
        await at.press("enter")
        await at.shows("Sagas", "! 1 need a person")


async def test_a_message_that_gave_up_is_read_given_up_for_good_or_followed_to_its_order(
    shop: Shop, world: Providers
) -> None:
    placed, _ = await buried(shop, world)
    await buried_alone(shop)
    async with console(shop) as at:
        await at.go("dead-letters")
        await at.shows("print_label", "no paper", "run_saga_step", "killed the process")
        await at.press("g", "enter")
        await at.shows("Message", "Why: no paper", "Give it up (Ctrl+D) only if")
        await at.press("ctrl+d")
        await at.shows("Give this message up?")
        await at.fill("The label was written by hand.")
        await at.shows("no longer among those that gave up")
        await at.press("q")
        await at.hides("no paper")
        await at.press("enter")
        await at.shows("It belongs to a saga: decide there (o)")
        await at.hides("Give up")
        await at.press("o")
        await at.shows("Saga", "It needs a person")
        await at.press("q", "ctrl+t")
        await at.shows("Try this message again?")
        await at.fill("The carrier is back.")

        await until(shop, placed, "confirmed")
        await at.shows("no longer among those that gave up")
