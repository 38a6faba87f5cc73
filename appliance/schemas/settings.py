"""Settings on the wire: each as it is in force, and who says so."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from appliance.schemas.common import Answer, example

_SETTING: dict[str, Any] = {
    "key": "limits.receive_seconds",
    "value": 10.0,
    "source": "head office",
    "where": "common",
    "since": "2026-11-30T06:00:00.000000Z",
    "head_office": True,
    "restart": False,
    "own": True,
    "instead_of": {"value": 12.0},
    "waiting": None,
}


class OtherValue(Answer):
    """A value that is not in force; it may be null itself."""

    value: Any


class Setting(Answer):
    """One setting."""

    model_config = example(_SETTING)

    key: str = Field(description="As in the settings file: section and name.")
    value: Any = Field(description='As it is in force; a secret is "(hidden)".')
    source: Literal["default", "file", "environment", "command line", "head office"]
    where: str | None = Field(
        description='The file and line, the variable, or head office\'s scope: "common", "store" or "command".'
    )
    since: str | None = Field(description="When head office's value was taken.")
    head_office: bool = Field(description="Whether head office may set it.")
    restart: bool = Field(description="Whether a change takes a new start of the store.")
    own: bool = Field(description="Whether the box's own settings file may set it.")
    instead_of: OtherValue | None = Field(description="What the box itself says, where head office's value is over it.")
    waiting: OtherValue | None = Field(description="What was read since the start and takes a new one.")


class SettingList(Answer):
    """Every setting there is."""

    model_config = example({"items": [_SETTING], "next_cursor": None})

    items: list[Setting]
    next_cursor: None
