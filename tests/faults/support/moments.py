"""The moments of a saga's life by their names.

A moment is named by what it is and by the call it belongs to, such as "after_lease o-1:process_payment:1"; where it
comes again it is numbered. Threads pass moments in another order in every life, so a number would name another one.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from appliance.sagas.turn import Turn

Point = Callable[[str], None]


@dataclass
class Names:
    """Gives every moment its name; called from all threads, one after the other."""

    call: str = "start"
    _seen: Counter[str] = field(default_factory=Counter)

    def name(self, said: str) -> str:
        """The name of what has just been passed."""
        kind, _, key = said.partition(":")
        self.call = key or self.call
        name = f"{kind} {self.call}"
        self._seen[name] += 1
        return name if self._seen[name] == 1 else f"{name} #{self._seen[name]}"


@contextmanager
def inside_a_turn(point: Point) -> Iterator[None]:
    """Tell of the moments within the transaction of an outcome too: after each event, before the message changes."""
    record, message = Turn.record, Turn._message

    def recorded(self: Turn, event: Any) -> None:
        record(self, event)
        point("appended")

    def changed(self: Turn, change: Any) -> None:
        point("before_enqueue")
        message(self, change)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Turn, "record", recorded)
        patch.setattr(Turn, "_message", changed)
        yield
