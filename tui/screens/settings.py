"""Settings: each as it is in force, and who says so; behind the room System, to be read and filtered."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tui.client import Json
from tui.screens.listing import Listing
from tui.screens.page import Page
from tui.texts import mark
from tui.widgets.table import Column, Row
from tui.words import clean

HEAD_OFFICE = "head office"
SOURCES: Mapping[str, str] = {
    "default": mark("default"),
    "file": mark("file"),
    "environment": mark("environment"),
    "command line": mark("command line"),
    HEAD_OFFICE: mark("head office"),
}
SCOPES: Mapping[str, str] = {
    "common": mark("for all stores"),
    "store": mark("for this store"),
    "command": mark("by a command"),
}
LONGEST = len("  integration.notification.max_answer_bytes")  # a name that is cut names nothing
MOST = 400  # characters of one value
SET_FROM_AFAR, WAITING = "*", "!"


class SettingsInForce(Listing):
    """All of them; what head office set is marked, and what waits for a new start."""

    TITLE_TEXT = mark("Settings")
    NOTHING = mark("No setting is found. Press Escape for all.")
    SEARCH = mark("Name, value or source")
    interest = ("settings.", "store.")
    COLUMNS = (
        Column(mark("Setting"), LONGEST),
        Column(mark("Value"), 0),
        Column(mark("From"), 13, drop=1),
        Column(mark("Takes effect"), 13, drop=2),
    )

    async def page(self, cursor: str | None) -> Json:  # noqa: ARG002  there is one page
        """All that is searched for."""
        found = (await self.console.client.get("/settings"))["items"]
        wanted = self.query_text.lower()
        return {"items": [each for each in found if wanted in self._searched(each)], "next_cursor": None}

    def _searched(self, item: Json) -> str:
        source = _source(item)
        return f"{item['key']} {_shown(item['value'])} {item['source']} {self.say(source)}".lower()

    def row(self, item: Json) -> Row:
        """One of them."""
        sign = WAITING if item["waiting"] else SET_FROM_AFAR if item["source"] == HEAD_OFFICE else " "
        source, change = _source(item), _change(item)
        return Row(item["key"], (f"{sign} {item['key']}", _shown(item["value"]), self.say(source), self.say(change)))

    def above(self) -> str:
        """How many are head office's, and how many wait."""
        afar = sum(each["source"] == HEAD_OFFICE for each in self.items)
        waiting = sum(each["waiting"] is not None for each in self.items)
        told = [self.say("* {count} by head office", count=afar)] if afar else []
        told += [self.say("! {count} wait for the next start", count=waiting)] if waiting else []
        return "   ".join(told)

    def open(self, key: str) -> None:
        """One of them, whole."""
        self.console.push_screen(OneSetting(key))


class OneSetting(Page):
    """One setting: its value, who says so, and how it is changed."""

    TITLE_TEXT = mark("Setting")
    NOTHING = mark("This setting is not there any more. Press q to go back.")
    interest = ("settings.", "store.")

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key
        self.setting: Json = {}

    async def load(self) -> bool:
        """As it is now."""
        items = (await self.console.client.get("/settings"))["items"]
        self.setting = next((each for each in items if each["key"] == self.key), {})
        return bool(self.setting)

    def paragraphs(self) -> list[list[str]]:
        """What it is, what else is said of it, and how it is changed."""
        found = self.setting
        return [[clean(found["key"], MOST), f"  {_shown(found['value']) or '-'}"], self._source(), self._changing()]

    def _source(self) -> list[str]:
        found, other, waiting = self.setting, self.setting["instead_of"], self.setting["waiting"]
        source, (scope, place) = _source(found), _where(found)
        lines = [self.say("Where it comes from"), f"  {self.say(source)} {self.say(scope)}{place}".rstrip()]
        if found["since"]:
            when = self.console.texts.moment(found["since"], self.console.store.zone)
            lines.append("  " + self.say("since {when}", when=when))
        if other is not None:
            lines.append("  " + self.say("The box itself says: {value}", value=_shown(other["value"]) or "-"))
        if waiting is not None:
            lines.append("  ! " + self.say("From the next start on: {value}", value=_shown(waiting["value"]) or "-"))
        return lines

    def _changing(self) -> list[str]:
        afar = mark("Head office may set it, for all stores or for this one: backroom hq send settings.")
        here = mark("It belongs to this box; head office cannot set it.")
        reload = mark("In the box's own settings file; then run: systemctl reload backroom")
        start = mark("In the box's own settings file; then run: systemctl restart backroom")
        who, how = afar if self.setting["head_office"] else here, start if self.setting["restart"] else reload
        lines = [self.say("How it is changed"), f"  {self.say(who)}"]
        return [*lines, f"  {self.say(how)}"] if self.setting["own"] else lines


def _source(item: Json) -> str:
    return SOURCES[item["source"]]


def _where(item: Json) -> tuple[str, str]:
    """Whom head office said it to, or else where on this machine it stands."""
    where = item["where"] or ""
    return (SCOPES[where], "") if item["source"] == HEAD_OFFICE else ("", clean(where, MOST))


def _change(item: Json) -> str:
    return mark("at once") if not item["restart"] else mark("new start")


def _shown(value: object) -> str:
    """A value as the settings file would write it, on one line."""
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    return clean(text, MOST)
