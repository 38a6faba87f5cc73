"""The event log, newest first: followed as it grows, filtered, one event whole, and all that one cause led to."""

from __future__ import annotations

import json
from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.client import Json
from tui.messages import Changed
from tui.screens.listing import PAGE, Listing
from tui.screens.page import Page
from tui.screens.sagas import short
from tui.texts import mark
from tui.widgets.table import Column, Row
from tui.words import clean

PART = 500  # events read at once while looking for some
MOST_PARTS = 10  # looked through for one page of what is filtered; `]` looks on
BEYOND = 10**15  # past any position: it answers nothing but how far the log reaches


class Events(Listing):
    """The tail of the log; pages lead back in time."""

    TITLE_TEXT = mark("Events")
    NOTHING = mark("No event is found in this part of the log. Press ] to look further back, Escape for all.")
    SEARCH = mark("Beginning of a type (sale.), or any word of the event")
    READS_AHEAD = False  # how far somebody has looked back is shown
    interest = ("",)
    COLUMNS = (
        Column(mark("Number"), 9, right=True),
        Column(mark("When"), 9, drop=2),
        Column(mark("Event"), 26),
        Column(mark("Stream"), 0, drop=1),
        Column(mark("By"), 14, drop=3),
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f", "follow", mark("Hold / follow"), id="events.follow")]

    def __init__(self) -> None:
        super().__init__()
        self.following = True
        self.looked_back_to: int | None = None

    def wanted(self, event: Json) -> bool:
        """Whether an event is shown."""
        text = self.query_text.lower()
        return not text or event["type"].startswith(text) or text in json.dumps(event, ensure_ascii=False).lower()

    @property
    def filtered(self) -> bool:
        """Whether some are not shown."""
        return bool(self.query_text)

    async def page(self, cursor: str | None) -> Json:
        """Events before a position, newest first; where they are filtered, from as many as can be read quickly."""
        before = int(cursor) if cursor is not None else await self._head() + 1
        found: list[Json] = []
        for _ in range(MOST_PARTS if self.filtered else 1):
            part = await self._part(before, PART if self.filtered else PAGE)
            found += [each for each in part if self.wanted(each)]
            before = part[-1]["position"] if part else 1
            if before <= 1 or len(found) >= PAGE:
                break
        self.looked_back_to = before
        return {"items": found[: 5 * PAGE], "next_cursor": str(before) if before > 1 else None}

    async def _head(self) -> int:
        return int((await self.console.client.get("/events", {"after": BEYOND, "limit": 1}))["head"])

    async def _part(self, before: int, count: int) -> list[Json]:
        after = max(before - 1 - count, 0)
        items = (await self.console.client.get("/events", {"after": after, "limit": count}))["items"]
        return [each for each in reversed(items) if each["position"] < before]

    def row(self, item: Json) -> Row:
        """One of them."""
        when = self.console.texts.clock(item["recorded_at"], self.console.store.zone)
        metadata = item["metadata"]
        by = str(metadata.get("operator") or metadata.get("device") or "")
        return Row(str(item["position"]), (str(item["position"]), when, item["type"], _stream(item["stream_id"]), by))

    def above(self) -> str:
        """Whether it moves, and how far back was looked."""
        held = "" if self.following else self.say("! held: press f to follow")
        far = self.say("looked back to {position}", position=self.looked_back_to) if self.filtered else ""
        return "   ".join(each for each in (held, far) if each)

    async def load(self) -> bool:
        """A filter that finds nothing here may find something further back."""
        found = await super().load()
        self.refresh_bindings()
        return found

    def on_changed(self, message: Changed) -> None:
        """Follow only from the newest page, and only while nothing is held."""
        if not self.following or len(self._cursors) > 1:
            message.prevent_default()

    def action_follow(self) -> None:
        """Hold the tail still, or follow it again."""
        self.following = not self.following
        self.draw()
        self.reload()

    def open(self, key: str) -> None:
        """One of them, whole."""
        found = next((each for each in self.items if str(each["position"]) == key), None)
        if found is not None:
            self.console.push_screen(OneEvent(found))


class OneEvent(Page):
    """One event as it stands in the log; personal data in it is sealed."""

    TITLE_TEXT = mark("Event")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("c", "correlated", mark("Same cause"), id="event.correlated")]

    def __init__(self, event: Json) -> None:
        super().__init__()
        self.event = event

    async def load(self) -> bool:
        """An event never changes."""
        return True

    def paragraphs(self) -> list[list[str]]:
        """What, when, by whom, and everything in it."""
        event, zone = self.event, self.console.store.zone
        top = [
            self.say("Event {position}: {kind}", position=event["position"], kind=event["type"]),
            self.say("in {stream}, version {version}", stream=event["stream_id"], version=event["version"]),
            self.say("happened {when}", when=self.console.texts.moment(event["occurred_at"], zone)),
        ]
        return [
            top,
            [self.say("What"), *_written(event["data"])],
            [self.say("By whom and why"), *_written(event["metadata"])],
        ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """Only where a cause is known."""
        return bool(self.event["metadata"].get("correlation_id")) if action == "correlated" else True

    def action_correlated(self) -> None:
        """All that the same cause led to."""
        self.console.push_screen(Correlated(str(self.event["metadata"]["correlation_id"])))


class Correlated(Events):
    """All that one cause led to, newest first."""

    TITLE_TEXT = mark("Events of one cause")

    def __init__(self, correlation_id: str) -> None:
        super().__init__()
        self.correlation_id = correlation_id

    def wanted(self, event: Json) -> bool:
        """Of this cause, and what is searched for among that."""
        return event["metadata"].get("correlation_id") == self.correlation_id and super().wanted(event)

    @property
    def filtered(self) -> bool:
        """Always."""
        return True


def _stream(name: str) -> str:
    """A stream's family, and as much of the id as tells its streams apart."""
    family, dash, identity = name.partition("-")
    return family + dash + short(identity)


def _written(facts: Json) -> list[str]:
    lines: list[str] = []
    for each in json.dumps(facts, indent=2, ensure_ascii=False).splitlines():
        text = each.lstrip(" ")
        lines.append("  " * ((len(each) - len(text)) // 2) + clean(text, 1000))
    return lines
