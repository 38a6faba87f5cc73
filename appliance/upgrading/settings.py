"""How long a new version has to prove itself."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class UpgradeSettings(BaseModel):
    """When a new version counts as good, and when the former one comes back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window_seconds: float = Field(300.0, gt=0, le=86_400)
    """A new version that was ready for so long at a stretch is kept."""
    starts: int = Field(3, ge=1, le=4)
    """After so many starts that did not get there the former version comes back, if nothing is lost by it. At most
    four: systemd starts the store five times in five minutes, and the last has to be the former version's."""
