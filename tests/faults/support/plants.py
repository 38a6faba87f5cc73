"""Bugs planted on purpose, in tests only: each must be caught, or the tests have no teeth."""

import itertools
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from appliance.eventstore import connection, store
from appliance.eventstore.head import Head, HeadFile
from appliance.eventstore.jobs import Answers, Job
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.writer import Writer
from appliance.projections.chain_walk import ChainWalk
from appliance.sagas.definition import Call, Definition, Step
from appliance.sagas.performing import Performer
from appliance.sagas.state import SagaState

Patch = pytest.MonkeyPatch


def synchronous_normal(patch: Patch) -> None:
    """Commit without waiting for the disk."""
    open_writer = connection.open_writer

    def opened(path: Any) -> Any:
        db = open_writer(path)
        db.execute("PRAGMA synchronous=NORMAL")
        return db

    patch.setattr(store, "open_writer", opened)


def answer_before_commit(patch: Patch) -> None:
    """Answer each command as soon as it has been decided; on a disk that takes a moment, as most do."""
    decide = Writer._decide

    def decided(self: Writer, job: Job, group: Any, answers: Answers) -> None:
        early = Answers()
        decide(self, job, group, early)
        early.deliver()
        time.sleep(0.003)

    patch.setattr(Writer, "_decide", decided)


def no_receipt(patch: Patch) -> None:
    """Forget which requests have been answered."""
    patch.setattr(UnitOfWork, "keep_receipt", lambda *_: None)


def no_head(patch: Patch) -> None:
    """Never write down what has been acknowledged, but for the head of a new, empty store."""
    write = HeadFile.write

    def written(self: HeadFile, head: Head) -> None:
        if head.position == 0:
            write(self, head)

    patch.setattr(HeadFile, "write", written)


def no_chain_check(patch: Patch) -> None:
    """Verify without recomputing the hashes."""
    patch.setattr(ChainWalk, "_reason", lambda *_: None)


def another_key(patch: Patch) -> None:
    """Send every call, and every question about one, under a key that no other had."""
    made, numbers = Performer._call, itertools.count()

    def called(self: Performer, state: SagaState, step: Step, key: str) -> Call:
        return made(self, state, step, f"{key}:{os.getpid()}-{next(numbers)}")

    patch.setattr(Performer, "_call", called)


def no_compensation(patch: Patch) -> None:
    """Turn round, and undo nothing."""
    patch.setattr(Definition, "undone_before", lambda *_: None)


PLANTS: Mapping[str, Callable[[Patch], None]] = {
    "": lambda _: None,
    "synchronous=NORMAL": synchronous_normal,
    "answer before commit": answer_before_commit,
    "no receipt": no_receipt,
    "no head": no_head,
    "no chain check": no_chain_check,
    "another key each time": another_key,
    "compensation skipped": no_compensation,
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The bug is in this process for a while."""
    with pytest.MonkeyPatch.context() as patch:
        PLANTS[name](patch)
        yield
