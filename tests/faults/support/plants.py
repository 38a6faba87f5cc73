"""Bugs planted on purpose, in a child process of a test only: each must be caught, or the tests have no teeth."""

from collections.abc import Callable, Mapping
from typing import Any

from appliance.eventstore import connection, store
from appliance.eventstore.head import HeadFile
from appliance.eventstore.jobs import Answers, Job
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.writer import Writer


def synchronous_normal() -> None:
    """Commit without waiting for the disk."""
    open_writer = connection.open_writer

    def opened(path: Any) -> Any:
        db = open_writer(path)
        db.execute("PRAGMA synchronous=NORMAL")
        return db

    vars(store)["open_writer"] = opened


def answer_before_commit() -> None:
    """Answer each command as soon as it has been decided."""
    decide = Writer._decide

    def decided(self: Writer, job: Job, group: Any, answers: Answers) -> None:
        early = Answers()
        decide(self, job, group, early)
        early.deliver()

    Writer._decide = decided  # type: ignore[method-assign]


def no_receipt() -> None:
    """Forget which requests have been answered."""
    UnitOfWork.keep_receipt = lambda *_: None  # type: ignore[method-assign]


def no_head() -> None:
    """Never write down what has been acknowledged."""
    HeadFile.write = lambda *_: None  # type: ignore[method-assign]


PLANTS: Mapping[str, Callable[[], None]] = {
    "": lambda: None,
    "synchronous=NORMAL": synchronous_normal,
    "answer before commit": answer_before_commit,
    "no receipt": no_receipt,
    "no head": no_head,
}
