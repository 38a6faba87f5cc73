"""What is kept of a store's backups."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class BackupSettings(BaseModel):
    """What is kept of the copies that `backroom backup create` makes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    directory: Path | None = None
    """Where they are put, best on another disk; left out: `backups` in the data directory."""
    recipient: Path | None = None
    """A public key (X25519, PEM, as `backroom hq keys make` writes): backups are readable for its owner only."""
    keep: int = Field(7, ge=1, le=1000)
    """How many are kept; the oldest go first."""
    quota_mb: int | None = Field(None, ge=1)
    """How much room all of them may take; the newest is kept whatever it takes."""
    keys_days: float = Field(30.0, gt=0)
    """How long the keys of personal data stay in a backup; then it forgets who was erased since, as the law wants."""
