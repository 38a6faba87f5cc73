"""Settings to start with when the file is broken: what is good of it, the rest by default, and nothing that acts.

A store that has recorded something can then at least be read, and tills get a reason instead of a closed port. There
is no safe mode for a store that is not there yet, nor for a broken environment: those are refused as ever.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from appliance.config import Settings, load
from appliance.errors import SettingsInvalid
from appliance.eventstore.store import Paths
from appliance.places import SYSTEM_CONFIG

# Nothing goes out, nothing is done by itself, until somebody has seen to the file.
QUIET: Mapping[str, Any] = {name: {"enabled": False} for name in ("sagas", "sync", "scrub")}
SILENT = ("integration", "tracing")
RECORDED: Mapping[str, str] = {"store_id": "id", "currency": "currency"}


def settings(config: Path | None, broken: SettingsInvalid, **overrides: Any) -> Settings:
    """Settings that read the store that is there. Raises `broken` where there is none, or the file is not the cause."""
    good = {**_good_parts(config or SYSTEM_CONFIG), **QUIET}
    given = {**good, **{key: value for key, value in overrides.items() if value is not None}}
    try:
        database = Paths(_without_file(given).data_dir).database
        if database.is_file():
            return _without_file({**given, "store": {**good.get("store", {}), **_recorded(database)}})
    except SettingsInvalid:
        raise broken from None
    raise broken


def _without_file(given: Mapping[str, Any]) -> Settings:
    with tempfile.NamedTemporaryFile(suffix=".toml") as empty:
        return load(Path(empty.name), **given)


def _good_parts(file: Path) -> dict[str, Any]:
    """The sections of the file that can be used as they are."""
    try:
        read = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: value for name, value in read.items() if name not in SILENT and _is_good(name, value)}


def _is_good(name: str, value: object) -> bool:
    field = Settings.model_fields.get(name)
    model = field.annotation if field else None
    if field is None or not isinstance(model, type):
        return field is not None
    try:
        if issubclass(model, BaseModel):
            model.model_validate(value)
    except ValidationError:
        return False
    return isinstance(value, dict | str)


def _recorded(database: Path) -> dict[str, str]:
    """What a store was begun with and cannot change."""
    with contextlib.closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as db:
        try:
            rows = db.execute("SELECT name, value FROM settings").fetchall()
        except sqlite3.Error:
            return {}
    return {RECORDED[name]: value for name, value in rows if name in RECORDED}
