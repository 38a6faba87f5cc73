"""The machine room: health, views of the log, verification, and backups, each with its progress; settings behind."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui.client import Json
from tui.problems import Refused
from tui.rights import ADMINISTRATION
from tui.screens.room import Room
from tui.screens.settings import SettingsInForce
from tui.texts import mark
from tui.widgets.table import Column, Row, Table
from tui.words import clean

LOOK_EVERY_SECONDS = 1.0  # while something is under way
NOT_FOUND = 404
PER_CENT = 100
MOST_BACKUPS = 5
MOST_PROBLEMS = 10
_ADMINISTRATIVE = frozenset({"rebuild", "rebuild_all", "verify", "backup", "settings"})
_WORDS = (
    mark("live"), mark("rebuilding"), mark("clean"), mark("damaged"), mark("failed"), mark("done"), mark("up"),
    mark("down"),
)  # fmt: skip


class System(Room):
    """What looks after the store."""

    TITLE_TEXT = mark("System")
    interest = ("projection.", "store.", "finding.")
    COLUMNS = (
        Column(mark("View"), 0),
        Column(mark("State"), 14),
        Column(mark("Up to"), 10, right=True),
        Column(mark("Progress"), 9, right=True, drop=1),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+u", "rebuild", mark("Rebuild"), id="system.rebuild"),
        Binding("ctrl+a", "rebuild_all", mark("Rebuild all"), id="system.rebuild-all", show=False),
        Binding("ctrl+e", "verify", mark("Verify"), id="system.verify"),
        Binding("ctrl+n", "backup", mark("Back up"), id="system.backup"),
        Binding("s", "settings", mark("Settings"), id="system.settings"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.health: Json = {}
        self.views: list[Json] = []
        self.verification: Json | None = None
        self.backup: Json | None = None
        self.backups: list[Json] = []

    def body(self) -> ComposeResult:
        """What is said above, the views below."""
        with VerticalScroll(classes="wide", id="page", can_focus=True):
            yield Static("", id="one", classes="line", markup=False)
        yield Table(self.COLUMNS, self.console.texts, id="views")

    def on_mount(self) -> None:
        """Look again for as long as something is under way."""
        self.query_one("#views").focus()
        self.set_interval(LOOK_EVERY_SECONDS, self._look)

    def _look(self) -> None:
        if self.is_current and self.under_way:
            self.reload()

    @property
    def under_way(self) -> bool:
        """Whether something goes on that shows progress."""
        runs = (self.verification, self.backup)
        return any(each is not None and each["status"] == "running" for each in runs) or any(
            each["status"] != "live" for each in self.views
        )

    async def load(self) -> bool:
        """All of it."""
        client = self.console.client
        self.health = await client.get("/health")
        self.views = (await client.get("/projections"))["items"]
        self.verification = await self._maybe("/verify")
        self.backup = await self._maybe("/backups/current")
        self.backups = (await client.get("/backups"))["items"]
        return True

    async def _maybe(self, path: str) -> Json | None:
        try:
            return await self.console.client.get(path)
        except Refused as refused:
            if refused.status == NOT_FOUND:
                return None
            raise

    def draw(self) -> None:
        """Show it."""
        parts = (self._health(), self._verification(), self._backups())
        self.query_one("#one", Static).update("\n\n".join("\n".join(each) for each in parts if each))
        self.query_one("#views", Table).show([self._view(each) for each in self.views])

    def _health(self) -> list[str]:
        parts = self.health["components"]
        up = [f"+ {self.say(each['name'])}" for each in parts if each["status"] == "up"]
        lines = [self.say("Health"), "  " + "  ".join(up)]
        down = [each for each in parts if each["status"] != "up"]
        for each in down:
            facts = ", ".join(f"{name}: {value}" for name, value in each["details"].items() if _short(value))
            lines.append(f"  ! {self.say(each['name'])}: {self.say(each['status'])}  {clean(facts, 300)}".rstrip())
        return (
            [*lines, "  " + self.say("Run on the machine: backroom doctor. It says how to mend it.")] if down else lines
        )

    def _verification(self) -> list[str]:
        found = self.verification
        title = self.say("Verification")
        if found is None:
            return [title, "  " + self.say("None since the start. Ctrl+E verifies the log and every view.")]
        if found["status"] == "running":
            return [title, "  ~ " + self._share(found["checked"], found["total"])]
        when = self.console.texts.moment(found["finished_at"], self.console.store.zone)
        sign = "+" if found["status"] == "clean" else "!"
        lines = [title, f"  {sign} {self.say(found['status'])}  {when}"]
        lines += ["    " + _problem(each) for each in found["problems"][:MOST_PROBLEMS]]
        if found["problems"]:
            lines.append("  " + self.say("What to do: see docs/how-to/verify-and-repair.md; take a backup first."))
        return lines

    def _share(self, checked: int, total: int) -> str:
        if not total:  # it has just begun, or began before anything was recorded
            return self.say("Begun; of what is here nothing has been looked at yet. Ctrl+E verifies it now.")
        return self.say("{percent} % of {total} events", percent=checked * PER_CENT // total, total=total)

    def _backups(self) -> list[str]:
        lines = [self.say("Backups")]
        run = self.backup
        if run is not None and run["status"] == "running":
            lines.append("  ~ " + self.say("under way: {percent} %", percent=int(run["fraction"] * PER_CENT)))
        elif run is not None and run["status"] == "failed":
            lines.append("  ! " + self.say("failed: {detail}", detail=run["detail"]))
            lines.append("    " + self.say("Make room or mend the place, then take one again (Ctrl+N)."))
        for each in self.backups[:MOST_BACKUPS]:
            when = self.console.texts.moment(each["created_at"], self.console.store.zone)
            size = self.console.texts.number(round(each["bytes"] / 1_000_000, 1))
            lines.append("  + " + self.say("{when}  up to {position}  {size} MB", when=when, size=size,
                                           position=each["position"]))  # fmt: skip
        return lines if len(lines) > 1 else [*lines, "  ! " + self.say("None yet. Ctrl+N takes one; selling goes on.")]

    def _view(self, view: Json) -> Row:
        progress = view["progress"] or {}
        done, total = progress.get("done"), progress.get("total")
        share = f"{done * PER_CENT // max(total, 1)} %" if done is not None and total is not None else ""
        sign = "+" if view["status"] == "live" else "~"
        return Row(view["name"], (view["name"], f"{sign} {self.say(view['status'])}", str(view["position"]), share))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """Only by who may."""
        person = self.console.person
        return action not in _ADMINISTRATIVE or (person is not None and person.role in ADMINISTRATION)

    def action_rebuild(self) -> None:
        """Rebuild the view under the cursor."""
        name = self.query_one("#views", Table).key
        if name is not None:
            self.do(lambda: self._begin(f"/projections/{name}/rebuild", self.say("{name} is rebuilt.", name=name)))

    def action_rebuild_all(self) -> None:
        """Rebuild every view."""
        self.do(lambda: self._begin("/projections/all/rebuild", self.say("Every view is rebuilt.")))

    def action_verify(self) -> None:
        """Verify the log and every view."""
        self.do(lambda: self._begin("/verify", self.say("The store is verified.")))

    def action_backup(self) -> None:
        """Take a backup."""
        self.do(lambda: self._begin("/backups", self.say("A backup is taken.")))

    def action_settings(self) -> None:
        """Every setting, and who says so."""
        self.console.push_screen(SettingsInForce())

    async def _begin(self, path: str, told: str) -> None:
        if await self.send("POST", path) is not None:
            self.tell(told + " " + self.say("Selling goes on meanwhile."))
            self.reload()


def _short(value: object) -> bool:
    return value is not None and not isinstance(value, (dict, list))


def _problem(found: Json) -> str:
    return clean(", ".join(f"{name}={value}" for name, value in found.items() if _short(value)), 300)
