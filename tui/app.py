"""The console: who works at it, which rooms they have, and what it hears of the store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any, ClassVar

from textual import events, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.timer import Timer

from tui.client import Client, Json
from tui.keyboard import Keyboard
from tui.live import TELL_EVERY_SECONDS, Changes, Live
from tui.messages import Changed, Linked, Scanned
from tui.office import Office, ask_office
from tui.problems import Away, ConsoleError, Refused
from tui.rooms import ROOMS, door, open_to
from tui.screens.help import Help
from tui.screens.lock import Lock
from tui.screens.room import Room
from tui.settings import ASK_HQ_EVERY_SECONDS, Person, Settings, Store
from tui.texts import Texts, mark
from tui.themes import DEFAULT, HIGH_CONTRAST

NARROW = 70  # columns; what stands to the side leaves where there are fewer
LOW_BANDWIDTH_TELL_SECONDS = 2.0
LOOK_AGAIN_SECONDS = 1.0
DOOR_AFTER_SECONDS = 0.5  # a store without operators has mostly answered by then, and nobody needs its door
LOOK_AT_LOCK_SECONDS = 5.0
LOAD_ROOMS_AFTER_SECONDS = 1.0  # the first room stands by then
BETWEEN_ROOMS_SECONDS = 0.05  # for keys
_STORE_FIELDS = frozenset(Store.__dataclass_fields__)


class Console(App[None]):
    """One terminal of one store."""

    CSS_PATH = "console.tcss"
    TITLE = "Backroom"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012  Textual's
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", mark("End"), show=False, priority=True, id="quit"),
        Binding("ctrl+l", "lock", mark("Lock"), show=False, id="lock"),
        Binding("ctrl+p,colon", "command_palette", mark("Rooms"), show=False, id="palette"),
        *[
            Binding(each.key, f"go('{each.name}')", each.title, show=False, id=f"room.{each.name}")
            for each in ROOMS
            if each.key
        ],
    ]

    def __init__(self, settings: Settings, client: Client | None = None) -> None:
        super().__init__()
        self.settings = settings
        self.client = client or Client(settings.address)
        self.texts = Texts(settings.locale)
        self.store = Store()
        self.person: Person | None = None
        self.linked: bool | None = None
        self.office = Office()
        self._before: Person | None = None
        self._used = time.monotonic()
        self._keyboard = Keyboard(self._let_go, self._scanned, self._release_after)
        self.register_theme(HIGH_CONTRAST)
        self.theme = settings.theme or DEFAULT
        self.set_keymap(dict(settings.keys))
        if settings.low_bandwidth:
            self.animation_level = "none"

    # --- the store ------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Look for the store; the door stands there once it takes a while, or once there is somebody to sign on."""
        self.set_timer(DOOR_AFTER_SECONDS, self._show_door)
        self.meet()
        self.follow()
        self.set_interval(ASK_HQ_EVERY_SECONDS, self.look_at_office)
        self.set_interval(LOOK_AT_LOCK_SECONDS, self._lock_when_idle)

    async def on_unmount(self) -> None:
        """Leave the store."""
        await self.client.close()

    @work(exclusive=True, group="meet")
    async def meet(self) -> None:
        """Learn what the store is, as soon as it answers."""
        found: Json | None = None
        while found is None:
            try:
                found = await self.client.get("/store")
            except Away:
                self._show_door()
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
            except Refused as refused:
                self._at_door(f"! {self.texts(refused.title)}\n{refused.detail}\n{self.texts(refused.hint)}".strip())
                return
        self.store = Store(**{name: value for name, value in found.items() if name in _STORE_FIELDS})
        if self.person is None and not self.store.operators:
            self.signed_on(Person(role=self.store.role), None)
        elif self.person is None:
            self._at_door("")
        self._refresh_heads()

    @work(exclusive=True, group="follow")
    async def follow(self) -> None:
        """Hear of changes for as long as the console runs."""
        every = LOW_BANDWIDTH_TELL_SECONDS if self.settings.low_bandwidth else TELL_EVERY_SECONDS
        await Live(self.client, "/changes", self._told, self._link, every_s=every).run()

    async def _told(self, changes: Changes) -> None:
        for room in self._rooms_shown():
            room.post_message(Changed(frozenset(changes.kinds), changes.position))

    async def _link(self, up: bool) -> None:
        if up == self.linked:
            return
        before, self.linked = self.linked, up
        for room in self._rooms_shown():
            room.post_message(Linked(up=up))
        if up and before is not None:  # what the console met at its start needs no second look
            self.meet()
            self.look_at_office()
        self._refresh_heads()

    @work(exclusive=True, group="office")
    async def look_at_office(self) -> None:
        """How far head office has what happened here."""
        if self.person is None:
            return
        try:
            self.office = await ask_office(self.client, self.person.role)
        except ConsoleError:
            return  # whoever reads next will be told
        self._refresh_heads()

    def _rooms_shown(self) -> list[Room]:
        return [each for each in self.screen_stack if isinstance(each, Room)]

    def _refresh_heads(self) -> None:
        for room in self._rooms_shown():
            room.refresh_head()

    def _at_door(self, told: str) -> None:
        doors = [each for each in self.screen_stack if isinstance(each, Lock)]
        for each in doors:
            each.show(told)
        if not doors:
            self.push_screen(Lock(told))

    def _show_door(self) -> None:
        if self.person is None and not any(isinstance(each, Lock) for each in self.screen_stack):
            self.push_screen(Lock())

    # --- who is here ----------------------------------------------------------------------------------------------

    def signed_on(self, person: Person, session: str | None) -> None:
        """Let somebody in: to where they were, or to their first room."""
        self.client.use_session(session)
        self.person, self._used = person, time.monotonic()
        if self._before == person and len(self.screen_stack) > 2:  # noqa: PLR2004  there is a room below the door
            self.pop_screen()
        else:
            self._empty()
            self.action_go(open_to(person.role)[0].name)
        self._before = person
        self.look_at_office()
        self.load_rooms(person.role)

    def lock(self) -> None:
        """Let nobody see or do anything until somebody signs on."""
        if self.person is None or not self.store.operators:
            return
        self.person = None
        self.push_screen(Lock())
        self._sign_off()

    @work(group="sign-off")
    async def _sign_off(self) -> None:
        try:
            await self.client.ask("DELETE", "/sessions/current")
        except ConsoleError:
            pass  # it ends by itself
        finally:
            if self.person is None:
                self.client.use_session(None)

    def _lock_when_idle(self) -> None:
        if time.monotonic() - self._used > self.settings.lock_after_s:
            self.lock()

    def action_lock(self) -> None:
        """Lock the console."""
        self.lock()

    # --- rooms ----------------------------------------------------------------------------------------------------

    @work(exclusive=True, group="rooms")
    async def load_rooms(self, role: str) -> None:
        """Load the other rooms, between keys: who goes there waits less, and an upgrade meanwhile changes nothing."""
        await asyncio.sleep(LOAD_ROOMS_AFTER_SECONDS)
        for each in open_to(role):
            _ = each.screen  # asking for it loads it
            await asyncio.sleep(BETWEEN_ROOMS_SECONDS)

    def action_go(self, name: str) -> None:
        """Go to a room, as it was left."""
        if self.person is None or self.person.role not in door(name).roles:
            return
        self._clear_stack()
        if not self.is_screen_installed(name):
            self.install_screen(door(name).screen(), name)
        self.push_screen(name)

    def leave(self) -> None:
        """Back to where one came from, at last to the first room."""
        first = open_to(self.person.role)[0].name if self.person else ""
        if len(self.screen_stack) > 2:  # noqa: PLR2004  the app's own screen, the room, and something above it
            self.pop_screen()
        elif isinstance(self.screen, door(first).screen):
            self.screen.tell(self.texts("Ctrl+Q ends the console, Ctrl+L locks it."))
        else:
            self.action_go(first)

    def show_help(self) -> None:
        """What can be done on this screen."""
        self.push_screen(Help(self.screen))

    def _clear_stack(self) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def _empty(self) -> None:
        self._clear_stack()
        for each in ROOMS:
            if self.is_screen_installed(each.name):
                self.uninstall_screen(each.name)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:  # noqa: ARG002  Textual's
        """The rooms, and what concerns the console itself."""
        if self.person is not None:
            for each in open_to(self.person.role):
                title, key = self.texts(each.title), (each.key or "").upper()
                yield SystemCommand(
                    title, self.texts("Go there") + f"  {key}", lambda name=each.name: self.action_go(name)
                )
            yield SystemCommand(self.texts("Lock"), self.texts("Until somebody signs on"), self.action_lock)
        yield SystemCommand(self.texts("Theme"), self.texts("Other colours"), self.action_change_theme)
        yield SystemCommand(self.texts("End"), self.texts("Leave the console"), self.action_quit)

    def head(self, title: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What the line above says: to the left and to the right, the less important first."""
        person = self.person
        who = "" if person is None else f"{person.operator_id or self.texts('device')} ({self.texts(person.role)})"
        link = self.texts("* linked") if self.linked else self.texts("! store away")
        return (self.store.name, title), (self.office.say(self.texts), who, link)

    # --- the keyboard ---------------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Sort scans from keys before any key does anything."""
        if isinstance(event, (events.InputEvent, events.Paste)) and not event.is_forwarded:
            self._used = time.monotonic()
            if isinstance(event, events.Key) and await self._keyboard.key(event, self.focused):
                return
            if isinstance(event, events.Paste) and self._keyboard.paste(event, self.focused):
                return
        await super().on_event(event)

    async def _let_go(self, event: events.Key) -> None:
        await super().on_event(event)

    def _scanned(self, code: str) -> None:
        self.screen.post_message(Scanned(code))

    def _release_after(self, seconds: float) -> Timer:
        return self.set_timer(seconds, self._keyboard.release)
