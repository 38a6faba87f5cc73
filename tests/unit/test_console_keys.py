"""Whatever a key of the console does, a command does: the keys are the console's own, so that a new one is noticed."""

from collections.abc import Iterator
from typing import cast

import click
import pytest
from textual.binding import Binding

from appliance.cli.root import root
from tui.rooms import ROOMS
from tui.screens.room import Room

# What each key sets going, as a script or whoever cannot see a screen does it.
COMMANDS: dict[str, str] = {
    "sale.pay": "sales ring",
    "receipt.refund": "sales refund",
    "receipt.void": "sales void",
    "order.cancel": "orders cancel",
    "pick.done": "orders pick",
    "pick.short": "orders pick",
    "pick.hand-over": "orders handover",
    "stock.receive": "stock receive",
    "stock.count": "stock count",
    "stock.adjust": "stock adjust",
    "drawer.open": "registers drawer open",
    "drawer.in": "registers drawer paid-in",
    "drawer.out": "registers drawer paid-out",
    "drawer.count": "registers drawer count",
    "drawer.close": "registers drawer close",
    "problems.fix": "problems fix",
    "problems.resolve": "problems resolve",
    "saga.retry": "sagas retry",
    "saga.compensate": "sagas compensate",
    "saga.skip": "sagas skip",
    "letter.retry": "dead-letters retry",
    "letter.discard": "dead-letters discard",
    "sync.pause": "sync pause",
    "sync.resume": "sync resume",
    "sync.compare": "sync compare",
    "devices.enrol": "device enrol",
    "devices.revoke": "device revoke",
    "people.add": "operator add",
    "people.role": "operator set-role",
    "people.code": "operator set-pin",
    "people.pin": "operator set-pin",
    "people.disable": "operator disable",
    "system.rebuild": "projections rebuild",
    "system.rebuild-all": "projections rebuild",
    "system.verify": "verify",
    "system.backup": "backup create",
    "system.settings": "config show",
    "orders.state": "orders list",
    "sagas.state": "sagas list",
    "letter.saga": "sagas show",
    "stock.oversold": "stock list",
    "events.follow": "events tail",
    "event.correlated": "events tail",
    "sale.receipts": "sales list",
}
# Moving about, and a basket that nobody has paid for: nothing of it is in the store.
WITHIN = {
    "back", "help", "reload", "search", "next", "before", "sale.line", "sale.drop", "sale.up", "sale.down",
}  # fmt: skip


def keys() -> Iterator[tuple[str, str | None]]:
    """Every key of every room, and of what lies behind a room: whose it is, and its id."""
    for room in _rooms():
        for each in cast("list[Binding]", room.__dict__.get("BINDINGS", ())):
            yield room.__name__, each.id


def test_every_key_of_every_room_has_a_command_or_changes_nothing() -> None:
    assert {each.screen for each in ROOMS} <= set(_rooms())
    assert [each for each in keys() if each[1] not in COMMANDS.keys() | WITHIN] == []
    assert (COMMANDS.keys() | WITHIN) - {each for _, each in keys()} == set()


@pytest.mark.parametrize("verb", sorted(set(COMMANDS.values())))
def test_the_command_of_a_key_answers_programs(verb: str) -> None:
    found: click.Command = root
    for name in verb.split():
        assert isinstance(found, click.Group), verb
        inner = found.get_command(click.Context(found), name)
        assert inner is not None, verb
        found = inner

    assert "--json" in {option for parameter in found.params for option in parameter.opts}


def _rooms() -> Iterator[type[Room]]:
    waiting: list[type[Room]] = [Room]
    while waiting:
        room = waiting.pop()
        waiting += room.__subclasses__()
        yield room
