"""Problems: everything that is wrong now, in plain words, with the way to its fix one key away."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.widgets import Static

from tui.client import Json
from tui.problems import Refused
from tui.rights import STEERING
from tui.screens.listing import PAGE, Listing
from tui.texts import mark
from tui.widgets.table import Column, Row
from tui.words import clean


class Advice(NamedTuple):
    """What to do about a kind of problem, and the room where it is done."""

    text: str
    room: str


# By the beginning of what was found; the first that fits counts.
ADVICE: tuple[tuple[str, Advice], ...] = (
    (
        "incarnation-",
        Advice(
            mark(
                "The log went on in a new life. Nothing is lost. If another box of this store still runs, stop it;"
                " the room Sync says what head office has to do."
            ),
            "sync",
        ),
    ),
    ("saga", Advice(mark("It needs a person: open it, then try again, skip the step or take all back."), "sagas")),
    ("dead-letter", Advice(mark("Open it: it says why it gave up, and can be tried again."), "dead-letters")),
    ("sync", Advice(mark("Selling goes on. The room Sync says what keeps it and what to do."), "sync")),
    (
        "projection",
        Advice(mark("Rebuild this view in the room System (Ctrl+U); selling goes on meanwhile."), "system"),
    ),
    ("view", Advice(mark("Rebuild this view in the room System (Ctrl+U); selling goes on meanwhile."), "system")),
    (
        "component",
        Advice(mark("Run on the machine: backroom doctor. It says what is wrong and how to mend it."), "system"),
    ),
)
OTHER = Advice(mark("Verify the store in the room System (Ctrl+E), and run on the machine: backroom doctor."), "system")


class Problems(Listing):
    """What is wrong, the gravest first; Enter goes to where it is mended."""

    TITLE_TEXT = mark("Problems")
    NOTHING = mark("+ Nothing is known to be wrong. Press q to go back.")
    interest = ("saga.", "store.", "finding.", "order.stuck")
    COLUMNS = (Column(mark("What"), 22), Column(mark("More"), 0), Column(mark("Since"), 18, drop=1))
    BINDINGS: ClassVar = []

    def body(self) -> ComposeResult:
        """The list, and what to do about the one under the cursor."""
        yield from super().body()
        yield Static("", id="advice", classes="line", markup=False)

    async def page(self, cursor: str | None) -> Json:  # noqa: ARG002  there is one page
        """Everything that is known to be wrong."""
        client = self.console.client
        items = _down(await client.get("/health"))
        person = self.console.person
        if person is not None and person.role in STEERING:
            items += _stuck((await client.get("/sagas", {"status": "stuck", "limit": PAGE}))["items"])
            items += _letters((await client.get("/dead-letters", {"limit": PAGE}))["items"])
        items += await self._office()
        items += _findings((await client.get("/findings"))["items"])
        wanted = self.query_text.lower()
        kept = [each for each in items if wanted in f"{each['kind']} {each['what']} {each['detail']}".lower()]
        return {"items": kept, "next_cursor": None}

    async def _office(self) -> list[Json]:
        try:
            trouble = (await self.console.client.get("/sync")).get("trouble")
        except Refused:
            return []
        if not trouble:
            return []
        told = {"kind": "sync", "what": trouble["title"], "detail": trouble["detail"], "since": None}
        return [{**told, "key": "sync", "hint": trouble["hint"]}]

    def row(self, item: Json) -> Row:
        """One of them."""
        since = self.console.texts.moment(item["since"], self.console.store.zone)
        return Row(item["key"], ("! " + self.say(item["what"]), item["detail"], since))

    def draw(self) -> None:
        """Show them, and what to do about the first."""
        super().draw()
        self._advise()

    def on_data_table_row_highlighted(self) -> None:
        """What to do about the one under the cursor."""
        self._advise()

    def _advise(self) -> None:
        item = self._under_cursor()
        if item is None:
            return
        advice = advice_for(item["kind"])
        hint = clean(item["hint"], 400) if item.get("hint") else self.say(advice.text)
        told = [clean(item["detail"], 400), f"{self.say('What to do:')} {hint}", self.say("Enter goes there.")]
        self.query_one("#advice", Static).update("\n".join(told))

    def _under_cursor(self) -> Json | None:
        return next((each for each in self.items if each["key"] == self.table.key), None)

    def open(self, key: str) -> None:
        """To where it is mended."""
        found = next(each for each in self.items if each["key"] == key)
        self.console.action_go(advice_for(found["kind"]).room)


def advice_for(kind: str) -> Advice:
    """What to do about this kind of problem."""
    return next((advice for beginning, advice in ADVICE if kind.startswith(beginning)), OTHER)


_STUCK, _LETTER, _DOWN = mark("saga stuck"), mark("message gave up"), mark("part is down")


def _down(health: Json) -> list[Json]:
    return [
        {"key": f"component-{each['name']}", "kind": "component", "what": _DOWN, "detail": each["name"], "since": None}
        for each in health["components"]
        if each["status"] == "down"
    ]


def _stuck(sagas: list[Json]) -> list[Json]:
    return [
        {
            "key": f"saga-{each['saga_id']}",
            "kind": "saga",
            "what": _STUCK,
            "detail": f"{each['step'] or ''}: {each['detail'] or each['code'] or ''} ({each['subject']})",
            "since": each["updated_at"],
        }
        for each in sagas
    ]


def _letters(letters: list[Json]) -> list[Json]:
    return [
        {
            "key": f"letter-{each['id']}",
            "kind": "dead-letter",
            "what": _LETTER,
            "detail": f"{each['actor']}: {each['error'] or each['state']}",
            "since": each["failed_at"],
        }
        for each in letters
    ]


def _findings(findings: list[Json]) -> list[Json]:
    return [
        {
            "key": f"finding-{each['id']}",
            "kind": each["kind"],
            "what": each["kind"],
            "detail": f"{each['subject']}: {each['detail']}",
            "since": each["found_at"],
        }
        for each in findings
    ]
