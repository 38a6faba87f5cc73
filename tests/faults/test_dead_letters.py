"""Messages that give up in a store that runs as a process: seen, driven again and thrown away by command."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from dramatiq import Message

from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.sagas.claims import MAX_KILLS
from appliance.sagas.turn import ACTOR, QUEUE
from tests.faults.support.scale import allowed
from tests.integration.test_cli_outside import ordered, pointed, reached
from tests.support.command_line import Backroom, backroom_in
from tests.support.polling import wait_until
from tests.support.running import running
from tests.support.sandboxes import Beside, beside
from tests.support.stores import opened, rows

pytestmark = [pytest.mark.faults, pytest.mark.timeout(allowed(300))]

TEN_MEGABYTES = 10_000_000
STRANGER = Message(QUEUE, "stranger", ("x" * TEN_MEGABYTES,), {}, {}).encode()  # ten megabytes for nobody we know
POISON = b"\x80\xff no message at all"


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    return backroom_in(tmp_path, capsys)


def letters(backroom: Backroom) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = backroom.answer("dead-letters", "list")["items"]
    return found


def test_a_message_that_the_process_dies_of_each_time_is_given_up_and_can_be_driven_again(
    backroom: Backroom, tmp_path: Path
) -> None:
    with beside(tmp_path) as sandbox:
        pointed(backroom, sandbox, "rest")
        sandbox.control("POST", "/control/faults", {"provider": "payment", "fault": "hang"})
        with running(backroom, "--first-start-catalogue") as store:
            placed = ordered(store, 1)
            at_the_provider(backroom, sandbox, 0)
            store.process.kill()
        for _ in range(MAX_KILLS - 1):
            before = len(payments(sandbox))
            with running(backroom) as store:
                at_the_provider(backroom, sandbox, before)
                store.process.kill()

        with running(backroom, "--first-start-catalogue") as store:
            stuck = backroom.answer("orders", "show", placed)["status"]
            [letter] = letters(backroom)
            shown = backroom.ok("dead-letters", "show", str(letter["id"])).out
            kept = backroom("dead-letters", "discard", str(letter["id"]))
            sandbox.control("DELETE", "/control/faults")
            backroom.ok("dead-letters", "retry", str(letter["id"]), "--reason", "the provider is well again")
            wait_until(lambda: backroom.answer("orders", "show", placed)["status"] == "confirmed", allowed(60))
            story = backroom.ok("sagas", "show", placed).out
            left = letters(backroom)
            assert store.stop() == 0
        judged = sandbox.control("GET", "/ledger")["verdict"]

    assert stuck == "stuck"
    assert (letter["saga_id"], letter["state"], letter["kills"]) == (placed, "dead", MAX_KILLS)
    assert f"the process died {MAX_KILLS} times while it ran" in shown
    assert (kept.code, "saga" in kept.err) == (1, True)
    assert "the provider is well again" in story
    assert left == []
    assert (list(judged["kept_by_order"]), judged["problems"]) == ([placed], [])


def payments(sandbox: Beside) -> list[Any]:
    return [call for call in sandbox.control("GET", "/calls")["calls"] if call["provider"] == "payment"]


def at_the_provider(backroom: Backroom, sandbox: Beside, before: int) -> None:
    """Return while a call is under way that was not there before: the message is out, and the provider hangs."""

    def looked() -> bool:
        held = rows(backroom.data, "SELECT 1 FROM messages WHERE state = 'leased' AND saga IS NOT NULL")
        return bool(held) and len(payments(sandbox)) > before

    wait_until(looked, allowed(60))


def test_strangers_and_what_is_no_message_are_kept_for_people_and_orders_go_on(
    backroom: Backroom, tmp_path: Path
) -> None:
    backroom.ok("migrate")
    asyncio.run(slipped_in(backroom.data, [("stranger", STRANGER), (ACTOR, POISON)]))
    with running(backroom, "--first-start-catalogue") as store:
        wait_until(lambda: len(letters(backroom)) == 2, allowed(60))
        poison, stranger = letters(backroom)
        told = backroom.ok("dead-letters", "list").out
        backroom.ok("dead-letters", "retry", str(stranger["id"]))
        wait_until(lambda: [each["state"] for each in letters(backroom)] == ["dead", "parked"], allowed(60))
        reached(store, ordered(store, 1), "confirmed")
        for each in (poison, stranger):
            backroom.ok("dead-letters", "discard", str(each["id"]), "--reason", "of a program we do not run")
        nothing = backroom.ok("dead-letters", "list").err
        gone = backroom("dead-letters", "show", str(stranger["id"]))
        component = {each["name"]: each for each in health(store.ready["url"])}["sagas"]
        assert store.stop() == 0

    assert (poison["state"], stranger["state"]) == ("dead", "parked")
    assert (poison["bytes"], stranger["bytes"] > TEN_MEGABYTES) == (len(POISON), True)
    assert "cannot be read" in told
    assert "no actor 'stranger'" in told
    assert "none gave up" in nothing
    assert (gone.code, "no such dead letter" in gone.err.lower()) == (1, True)
    assert component["status"] == "up"


def health(url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{url}/health").json()["components"]
    return found


async def slipped_in(data: Path, bodies: Sequence[tuple[str, bytes]]) -> None:
    """Messages that stand in the queue of a stopped store, as another version of the program may have left them."""
    with opened(data) as store:
        for actor, body in bodies:
            await store.writer.run(partial(UnitOfWork.enqueue, queue=QUEUE, actor=actor, body=body))
