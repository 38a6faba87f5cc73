"""What a till remembers, outside the store: which sales it sent, which were acknowledged, which nobody knows."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Ledger:
    """Every line is on the disk before the till goes on: a till that crashes must not forget either."""

    path: Path
    sent: set[str] = field(default_factory=set)
    acked: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._file = self.path.open("ab", buffering=0)

    def send(self, reference: str) -> None:
        """A request is about to go out."""
        if reference not in self.sent:
            self.sent.add(reference)
            self._write({"sent": reference})

    def ack(self, reference: str, receipt_number: str) -> None:
        """It was acknowledged. An answer that says something else than the one before is a violation in itself."""
        before = self.acked.setdefault(reference, receipt_number)
        if before != receipt_number:
            message = f"{reference} was receipt {before} and is now {receipt_number}"
            raise AssertionError(message)
        self._write({"acked": reference, "receipt": receipt_number})

    def refuse(self, reference: str) -> None:
        """The store said that nothing was booked, and that asking again is no use."""
        self.refused.add(reference)
        self._write({"refused": reference})

    @property
    def unknown(self) -> set[str]:
        """Sent, and never answered for good."""
        return self.sent - set(self.acked) - self.refused

    def close(self) -> None:
        """Done with it."""
        self._file.close()

    def _write(self, line: dict[str, str]) -> None:
        self._file.write(json.dumps(line).encode() + b"\n")
        os.fdatasync(self._file.fileno())
