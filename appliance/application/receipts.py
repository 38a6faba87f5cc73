"""What makes a write repeatable: the key a request came with, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(slots=True)
class ReceiptKey:
    """Names a request: whose key it is (register or device), the key, and the request's keyed fingerprint."""

    scope: str
    key: str
    fingerprint: bytes


@dataclass(slots=True, kw_only=True)
class Receipt:
    """What became of a request; positions are None where it recorded no event."""

    scope: str
    key: str
    command_id: str
    fingerprint: bytes
    status: int
    ids: Mapping[str, str]
    first_position: int | None
    last_position: int | None
    recorded_at: str
