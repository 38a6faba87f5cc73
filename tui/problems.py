"""What may come back instead of an answer: the store is away, or it says no and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ConsoleError(Exception):
    """Root of what the console tells people about."""


class Away(ConsoleError):
    """The store does not answer: it is stopped, starting, or out of reach."""


class SignedOff(ConsoleError):
    """The session has ended: its time was over, or the operator signed on elsewhere on this device."""


class Refused(ConsoleError):
    """The store said no: an RFC 9457 problem."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = problem
        self.code = str(problem.get("type", "")).rpartition("#")[2]
        self.title = str(problem.get("title", f"The store answered {status}"))
        self.detail = str(problem.get("detail", ""))
        super().__init__(f"{self.title}. {self.detail}")

    @property
    def hint(self) -> str:
        """What to do next, where the store says it."""
        return str(self.problem.get("hint", ""))
