"""The write-ahead log cut at every byte: what is left is a clean prefix, and what is lost is said out loud."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.eventstore import checkpoints
from tests.faults.support import shop
from tests.faults.support.aftermath import History, laid_out
from tests.faults.support.cutting import Moment, capture, closely, sweep
from tests.faults.support.plants import planted
from tests.faults.support.scale import allowed, in_memory, scaled

pytestmark = [pytest.mark.faults, pytest.mark.promise, pytest.mark.timeout(allowed(240))]

WAL_BYTES = 32 * 1024  # of the busy moment: a group or two; BACKROOM_FAULT_SCALE takes more


@pytest.fixture(autouse=True)
def _no_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sold must still be in the WAL when the files are taken."""
    monkeypatch.setattr(checkpoints, "IDLE_SECONDS", 1e9)


@pytest.fixture
def moment(tmp_path: Path) -> Moment:
    return capture(tmp_path / "data", scaled(WAL_BYTES))


@pytest.fixture
def folder() -> Iterator[Path]:
    with in_memory() as found:
        yield found


def test_a_wal_cut_at_any_byte_leaves_a_clean_prefix_and_every_loss_is_reported(moment: Moment) -> None:
    size = len(moment.files["store.db-wal"])

    found = sweep(moment, range(size + 1))

    lengths = [found[cut].length for cut in range(size + 1)]
    print(f"WAL cut: {size + 1} offsets, {len(set(lengths))} different prefixes of {moment.acked} events")
    assert lengths == sorted(lengths)
    assert lengths[-1] == moment.acked
    assert len(set(lengths)) >= 2
    for left in set(found.values()):
        assert left.reported == (None if left.length == moment.acked else (left.length, moment.acked))


def test_a_store_with_a_cut_wal_begins_a_new_life_and_gives_no_number_twice(moment: Moment, folder: Path) -> None:
    issued = set(_receipt_numbers(moment.history))
    wal = moment.files["store.db-wal"]
    for cut in range(len(wal) - 1, 0, -len(wal) // 12):
        files = {**moment.files, "store.db-wal": wal[:cut]}
        with laid_out(folder, files), shop.opened(folder) as again:
            assert again.store.verdict is not None
            sold = again.sell("after the cut")
            assert again.store.writer.head.incarnation == 2
            assert sold.outcome.ids["receipt_number"] not in issued
            assert sold.outcome.ids["receipt_number"].startswith("till-1-2-")


def _receipt_numbers(history: History) -> Iterator[str]:
    for event in history.events:
        if event[3] == "sale.completed":
            yield event[4].decode().split('"receipt_number":"')[1].split('"')[0]


def test_the_planted_bug_of_a_head_that_is_never_written_is_caught(tmp_path: Path, folder: Path) -> None:
    with planted("no head"):
        moment = capture(tmp_path / "data", WAL_BYTES)

    left = closely(folder, moment, len(moment.files["store.db-wal"]) - 1)

    assert left.length < moment.acked
    assert left.reported is None  # a loss that nobody is told of: the test of every byte fails on it
