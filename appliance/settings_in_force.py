"""The settings a store works by: its own, as the file and the environment say, and what head office set over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from appliance.config import Settings
from appliance.domain.policies import CHANGES, Said
from appliance.settings_reach import at_once, keys, value

_S = TypeVar("_S", bound=BaseModel)
KEYS = frozenset(keys(Settings))


@dataclass(slots=True)
class Prevailing:
    """What was read at the start, what was read last, and what was set from afar, each by key."""

    started: Settings
    own: Settings
    told: Mapping[str, Said] = field(default_factory=dict)
    governed: bool = True  # whether the box works as it was told from afar; policies are in force in any case

    @property
    def heard(self) -> dict[str, Said]:
        """What was set from afar and is in force."""
        return {key: said for key, said in self.told.items() if self.governed or key in CHANGES}

    def now(self) -> Settings:
        """The box's own with what was set from afar over it."""
        return overlaid(self.own, {key: said.value for key, said in self.heard.items()})

    def waiting(self) -> list[str]:
        """What was read since the start and takes a new one."""
        return [key for key in keys(Settings) if self.waits(key)]

    def waits(self, key: str) -> bool:
        """Whether another value was read since the start and takes a new one."""
        return not at_once(key) and value(self.own, key) != value(self.started, key)


def overlaid(own: Settings, set_over: Mapping[str, Any]) -> Settings:
    """Settings with some of them otherwise; what is no setting, or cannot be used, is passed over."""
    settings = own
    for key, wanted in set_over.items():
        if key in KEYS:
            settings = _with(settings, key.split("."), wanted)
    return settings


def _with(model: _S, names: list[str], wanted: Any) -> _S:
    name, *rest = names
    present = getattr(model, name)
    if rest:
        return model.model_copy(update={name: _with(present, rest, wanted)})
    try:
        return type(model).model_validate({**dict(model), name: wanted})
    except ValidationError:
        return model
