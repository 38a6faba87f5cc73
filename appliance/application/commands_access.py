"""What can be asked about operators; from the store's own people or from head office alike."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOperator:
    """Make somebody an operator under a role, or bring back one who was disabled; the same again changes nothing."""

    operator_id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOperatorRole:
    """Give an operator another role; their sessions end."""

    operator_id: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisableOperator:
    """Let nobody in under this name any more: their sessions end and their PIN is forgotten."""

    operator_id: str
    reason: str = ""


AccessCommand = AddOperator | ChangeOperatorRole | DisableOperator
