"""Folding while selling: what projections remember between groups never says more than the file."""

import contextlib
import sqlite3
from collections.abc import Sequence

import pytest

from appliance.application.ports import Recorded
from appliance.projections import canonical, registry, stock
from appliance.projections.live import LiveFold
from tests.support.folding import Log, line, opener
from tests.support.shop import shop_log
from tests.support.stored_log import open_store, store, transaction


class Lost(Exception):
    """A group that is rolled back."""


def fold(db: sqlite3.Connection, live: LiveFold, log: Log) -> Sequence[Recorded]:
    with transaction(db):
        added = store(db, log)
        live(db, added)
    return added


def fold_in_vain(db: sqlite3.Connection, live: LiveFold, log: Log) -> None:
    with contextlib.suppress(Lost), transaction(db):
        live(db, store(db, log))
        raise Lost


def dump(db: sqlite3.Connection) -> list[str]:
    return list(canonical.dump(db, registry.live()))


def folded_at_once(log: Log) -> list[str]:
    db = open_store()
    fold(db, LiveFold(opener), log)
    return dump(db)


def sell(log: Log, number: int) -> None:
    log.sale(f"later-{number}", line("tea", "1", 150), line("milk", "2", 90, number=2))


def test_a_group_that_was_rolled_back_leaves_nothing_in_memory() -> None:
    db, live, log = open_store(), LiveFold(opener), shop_log()
    fold(db, live, log)
    sell(log, 1)
    fold_in_vain(db, live, log)
    fold(db, live, log)
    sell(log, 2)
    fold(db, live, log)

    assert dump(db) == folded_at_once(log)


@pytest.mark.parametrize("kept", [0, 1, 5_000])
def test_more_products_than_are_remembered_make_no_difference(kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock, "KEPT_LEVELS", kept)
    db, live, log = open_store(), LiveFold(opener), shop_log()
    fold(db, live, log)
    for number in range(5):
        sell(log, number)
        fold(db, live, log)

    assert dump(db) == folded_at_once(log)
