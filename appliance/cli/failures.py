"""What goes wrong on the command line's side, and problems as the store answered them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Failure(Exception):
    """Why a command did not work: told in one line, like the store's own refusals."""

    def __init__(self, title: str, detail: str, hint: str) -> None:
        super().__init__(detail)
        self.title = title
        self.detail = detail
        self.hint = hint


class Answered(Failure):
    """A problem the store answered with, in the store's own words."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        title = str(problem.get("title", "The store refused"))
        super().__init__(title, str(problem.get("detail", f"status {status}")), str(problem.get("hint", "")))
        self.status = status
        self.problem = problem


def no_store(data: Path) -> Failure:
    """There is nothing to speak to."""
    hint = "Start one with `backroom run`, make an empty one with `backroom migrate`, or name another with --data."
    return Failure("There is no store here", f"{data} holds none.", hint)


def not_running(data: Path) -> Failure:
    """The verb needs a store that runs."""
    return Failure("The store is not running", f"Nobody answers in {data}.", "Start it with `backroom run`.")


def connection_lost(cause: BaseException) -> Failure:
    """The store went away in the middle of an answer."""
    hint = "See whether it runs (`backroom doctor`), then do the same again."
    return Failure("The store stopped answering", str(cause) or type(cause).__name__, hint)


def bad_input(detail: str) -> Failure:
    """A file given to the command line is not what it should be."""
    return Failure("The input cannot be used", detail, "Correct it and try again.")
