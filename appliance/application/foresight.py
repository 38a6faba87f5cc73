"""What a group's commands will each ask for first, looked up for all of them at once.

A statement a command is a tenth of what a till's sale costs the writer; one statement a group is next to nothing.
Nothing rests on it: what was not foreseen, or came to be meanwhile, is looked up when it is asked for.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Protocol

from appliance.application import facts
from appliance.application.commands import RingUpSale
from appliance.application.receipts import ReceiptKey

Foreseen = tuple[object, ReceiptKey | None]
"""A command that waits, and the key it came with."""


class Ahead(Protocol):
    """A group before its first command is run."""

    def expect_receipts(self, keys: Sequence[tuple[str, str]]) -> None:
        """Look for the receipts of these (scope, key)."""
        ...

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows as of the last commit."""
        ...

    def know(self, key: tuple[Hashable, ...], value: Any) -> None:
        """Remember a fact for the group's commands."""
        ...


def foresee(group: Ahead, waiting: Sequence[Foreseen]) -> None:
    """Look up the receipts and client references of the commands that wait."""
    keys = [(key.scope, key.key) for _, key in waiting if key is not None]
    if keys:
        group.expect_receipts(keys)
    references = [
        (command.register_id, command.client_ref)
        for command, _ in waiting
        if isinstance(command, RingUpSale) and _plain(command.client_ref)
    ]
    if references:
        known = facts.documents_by_client_ref(group.select, references)
        for register_id, client_ref in references:
            group.know(facts.client_ref_key(register_id, client_ref), known.get((register_id, client_ref)))


def _plain(text: str | None) -> bool:
    """Whether SQLite reads back from JSON what was written: no text that its JSON could see otherwise."""
    return text is not None and text.isascii() and text.isprintable()
