"""Every setting as it is in force, and who says so: what `GET /settings` answers and `backroom config show` prints."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from appliance.config import Settings
from appliance.domain.policies import KEYS, WITHOUT_SETTING, Said
from appliance.domain.policy import StorePolicy
from appliance.settings_in_force import Prevailing
from appliance.settings_reach import at_once, keys
from appliance.settings_sources import DEFAULT, HEAD_OFFICE, Origin

MASK = "(hidden)"
SECRET = re.compile(r"(^|_)(token|password|secret|pin|pepper|seed)$", re.IGNORECASE)


def report(settings: Prevailing, policy: StorePolicy) -> list[dict[str, Any]]:
    """All of them; after what a settings file knows, what only head office sets."""
    return [*_settings(settings), *_policies(settings.heard, policy)]


def _settings(settings: Prevailing) -> Iterator[dict[str, Any]]:
    started, own, now = (_dumped(each) for each in (settings.started, settings.own, settings.now()))
    for key in keys(Settings):
        reloads, said = at_once(key), settings.heard.get(key)
        read = settings.own if reloads else settings.started
        mine = _at(own if reloads else started, key)
        row = _row(key, _at(now, key) if said else mine, read.sources.of(key), said, restart=not reloads)
        row["own"] = True
        row["instead_of"] = {"value": mine} if said else None
        row["waiting"] = {"value": _at(own, key)} if settings.waits(key) else None
        yield row


def _policies(heard: Mapping[str, Said], policy: StorePolicy) -> Iterator[dict[str, Any]]:
    for key, read in WITHOUT_SETTING.items():
        row = _row(key, read(policy), Origin(DEFAULT), heard.get(key), restart=False)
        yield row | {"own": False, "instead_of": None, "waiting": None}


def _row(key: str, value: Any, origin: Origin, said: Said | None, *, restart: bool) -> dict[str, Any]:
    found = Origin(HEAD_OFFICE, said.scope) if said else origin
    return {
        "key": key,
        "value": value,
        "source": found.source,
        "where": found.where,
        "since": said.since if said else None,
        "head_office": key in KEYS,
        "restart": restart,
    }


def _dumped(settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = masked(settings.model_dump(mode="json"))
    return found


def masked(value: Any, name: str = "") -> Any:
    """The same without secrets."""
    if isinstance(value, dict):
        return {key: masked(each, key) for key, each in value.items()}
    return MASK if value and SECRET.search(name) else value


def _at(dumped: Mapping[str, Any], key: str) -> Any:
    found: Any = dumped
    for name in key.split("."):
        found = found[name]
    return found
