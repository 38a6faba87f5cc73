"""What every room has: the line above, the keys below, and the four states between: loading, empty, error, stale.

A room says what it reads (`load`), what it shows of that (`draw`), and which kinds of events make it read anew. It
reads on the event loop, one reading at a time; what happens meanwhile leads to one more. What was read last stays on
the screen while the store is away, marked as such.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from tui.client import Json, new_key
from tui.messages import Changed, Linked, Scanned
from tui.problems import Away, ConsoleError, Refused, SignedOff
from tui.reasons import Reasons
from tui.screens.asking import Ask, Field, Question
from tui.texts import mark
from tui.widgets.bars import Head, Keys
from tui.words import clean

if TYPE_CHECKING:
    from tui.app import Console

LOADING, SHOWN, EMPTY, ERROR = "loading", "shown", "empty", "error"
APPROVAL_REQUIRED = "approval-required"
CONFIRM = mark("Yes, do it")


class Room(Screen[None]):
    """A room of the console. `interest` are beginnings of event types: ("sale.",) for all of sales."""

    TITLE_TEXT: ClassVar[str] = ""
    NOTHING: ClassVar[str] = mark("There is nothing here yet.")
    interest: ClassVar[tuple[str, ...]] = ()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape", "leave", mark("Back"), id="back"),
        Binding("question_mark,f1", "help", mark("Help"), id="help", key_display="?"),
        Binding("ctrl+r", "reload", mark("Read again"), id="reload", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.state = LOADING
        self.stale_since: float | None = None
        self.reasons = Reasons()
        self._problem: Refused | None = None
        self._said: tuple[str, ...] = ()
        self._reading = False
        self._again = False
        self._composed = False  # a room may be resumed before all that is in its containers is there
        self._parts: tuple[Widget, ...] = ()

    # --- what a room says of itself -------------------------------------------------------------------------------

    def body(self) -> ComposeResult:
        """The room's own widgets."""
        raise NotImplementedError

    async def load(self) -> bool:
        """Read and keep what the room shows; answers whether there is anything."""
        raise NotImplementedError

    def draw(self) -> None:
        """Show what was read."""

    def nothing(self) -> str:
        """What stands there instead of nothing."""
        return self.say(self.NOTHING)

    async def scanned(self, code: str) -> None:
        """Do what a scanned code means here."""
        self.tell(self.say("Nothing here can be scanned: {code}", code=code), wrong=True)

    # --- for its makers -------------------------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether its widgets are there; a console that ends takes them first."""
        return self._composed and self.is_attached and all(each.is_attached for each in self._parts)

    @property
    def console(self) -> Console:
        """The console this room belongs to."""
        return cast("Console", self.app)

    def say(self, text: str, /, **values: object) -> str:
        """A text in the console's language."""
        return self.console.texts(text, **{name: clean(value, 120) for name, value in values.items()})

    def money(self, minor: int | None, *, code: bool = False) -> str:
        """A sum as the locale writes it."""
        store = self.console.store
        return self.console.texts.money(minor, store.decimals, store.currency if code else "")

    def compose(self) -> ComposeResult:
        """Head, state, body, answer, keys."""
        yield Head(id="head", classes="")
        yield Static("", id="state", markup=False)
        with Vertical(id="body"):
            yield from self.body()
        yield Static("", id="answer", markup=False)
        yield Keys(self.console.texts)

    def on_mount(self) -> None:
        """Read at once."""
        self._composed, self._parts = True, (self.query_one("#head"), self.query_one("#body"))
        self._show_state()
        self.reload()

    def on_screen_resume(self) -> None:
        """Read anew when somebody comes back."""
        self.refresh_head()
        if self.state != LOADING:
            self.reload()

    def on_resize(self) -> None:
        """Fit the line above."""
        self.call_after_refresh(self.refresh_head)

    def on_changed(self, message: Changed) -> None:
        """Read anew what the events are about, where anybody sees it; who comes back later finds it read then."""
        kinds = {kind for kind in message.kinds if kind.startswith(self.interest)}
        if kinds and (self.is_current or isinstance(self.console.screen, ModalScreen)):
            self.reload(kinds)

    def on_linked(self, message: Linked) -> None:
        """Mark what is shown while the store is away, and read it when it is back."""
        self._stale(away=not message.up)
        if message.up:
            self.reload()

    async def on_scanned(self, message: Scanned) -> None:
        """Give the code to whoever the room is about."""
        message.stop()
        await self.scanned(message.code)

    def action_leave(self) -> None:
        """Back to where one came from."""
        self.console.leave()

    def action_help(self) -> None:
        """What can be done here."""
        self.console.show_help()

    def action_reload(self) -> None:
        """Read again."""
        self.reload()

    # --- reading --------------------------------------------------------------------------------------------------

    def reload(self, kinds: AbstractSet[str] | None = None) -> None:
        """Read anew, now or right after the reading under way; `kinds` of events are why, None means everything."""
        self.reasons.add(kinds)
        self._again = True
        if not self._reading and self.ready and self.console.person is not None:
            self._reading = True
            self._read()

    @work(group="read")
    async def _read(self) -> None:
        try:
            while self._again and self.ready:
                self._again = False
                self.reasons.begin()
                await self._read_once()
        finally:
            self._reading = False

    async def _read_once(self) -> None:
        try:
            found = await self.load()
        except ConsoleError as error:
            self.reasons.add(None)
            if not isinstance(error, Refused):
                self._unread(error)
                return
            self._problem, self.state = error, ERROR
        else:
            self.state = SHOWN if found else EMPTY
        if self.ready:
            self._stale(away=False)
            if self.state == SHOWN:
                self.draw()

    def _unread(self, error: ConsoleError) -> None:
        if isinstance(error, SignedOff):
            self.console.lock()
        else:
            self._stale(away=True)

    def show_body(self) -> None:
        """Show the room's widgets even where there is nothing in them."""
        self.query_one("#body").display = True

    def _stale(self, *, away: bool) -> None:
        self.stale_since = (self.stale_since or time.time()) if away else None
        self._show_state()

    def _show_state(self) -> None:
        if not self.ready:
            return
        classes = [self.state, *(["stale"] if self.stale_since else [])]
        said = (self._notice(), *classes)
        if said != self._said:
            notice = self.query_one("#state", Static)
            notice.update(said[0])
            notice.set_classes(classes)
            self._said = said
        self.query_one("#body").display = self.state == SHOWN
        self.refresh_head()

    def _notice(self) -> str:
        told = []
        if self.stale_since is not None:
            clock = time.strftime("%H:%M:%S", time.localtime(self.stale_since))
            told.append(self.say("! The store does not answer. This is how it was at {clock}.", clock=clock))
            told.append(self.say("Nothing to do here: it comes back by itself. If it does not, run: backroom doctor"))
        if self.state == LOADING:
            told.append(self.say("Reading ..."))
        elif self.state == EMPTY:
            told.append(self.nothing())
        elif self.state == ERROR and self._problem is not None:
            told += [*self.problem_lines(self._problem), self.say("Ctrl+R reads it again.")]
        return "\n".join(told)

    def problem_lines(self, refused: Refused) -> list[str]:
        """A refusal as people read it: what, why, and what to do next."""
        title, hint = self.say(refused.title), self.say(refused.hint)
        lines = [f"! {clean(title, 200)}", clean(refused.detail, 400), clean(hint, 400)]
        return [each for each in lines if each]

    def refresh_head(self) -> None:
        """Draw the line above anew."""
        if self.ready:
            left, right = self.console.head(self.say(self.TITLE_TEXT))
            self.query_one("#head", Head).show(left, right)

    # --- answering and asking -------------------------------------------------------------------------------------

    def tell(self, text: str, *, wrong: bool = False) -> None:
        """Answer in the line above the keys, until the next answer."""
        answer = self.query_one("#answer", Static)
        answer.update(clean(("! " if wrong else "> ") + text, 500) if text else "")
        answer.set_classes("wrong" if wrong else "right")

    async def ask(self, question: Question) -> dict[str, str] | None:
        """What somebody typed, or None where they thought better of it. To be awaited in a worker."""
        return await self.console.push_screen_wait(Ask(question))

    async def sure(self, title: str, text: str) -> bool:
        """Whether somebody really wants what cannot be undone."""
        return await self.ask(Question(title, text, (), self.say(CONFIRM))) is not None

    async def send(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        action: str | None = None,
        etag: str | None = None,
        correct: Callable[[Json, Refused], Json | None] | None = None,
    ) -> Json | None:
        """Change something once; None where it was refused or given up, which has been told then.

        A second person is asked for where the store wants one for `action`. Where no answer came, the same request is
        sent again under the same key for as long as somebody wants.
        """
        key, approval = new_key(), None
        client = self.console.client
        while True:
            try:
                return await client.write(method, path, body, key=key, etag=etag, approval=approval)
            except Away:
                if not await self._once_more():
                    return None
            except SignedOff:
                self.console.lock()
                return None
            except Refused as refused:
                better = correct(body, refused) if correct is not None and body is not None else None
                if better is not None and better != body:
                    body, key = better, new_key()
                    continue
                approval = await self._approval(refused, action)
                if approval is None:
                    self.tell("  ".join(self.problem_lines(refused)).removeprefix("! "), wrong=True)
                    return None

    async def _once_more(self) -> bool:
        text = self.say("Nobody knows whether it was booked. Sending it again is safe: it is booked once.")
        again = await self.ask(Question(self.say("The store gave no answer"), text, (), self.say("Send it again")))
        if again is None:
            self.tell(self.say("Given up. Look whether it was booked before you do it anew."), wrong=True)
        return again is not None

    async def _approval(self, refused: Refused, action: str | None) -> str | None:
        if action is None or refused.code != APPROVAL_REQUIRED:
            return None
        typed = await self.ask(
            Question(
                self.say("This takes a second person"),
                self.say("A supervisor puts their name and PIN to this one action."),
                (Field("operator", mark("Supervisor")), Field("pin", mark("PIN"), secret=True)),
                self.say("Approve"),
            )
        )
        if typed is None:
            return None
        try:
            given = await self.console.client.ask("POST", "/approvals", {**typed, "action": action})
        except Refused as no:
            self.tell("  ".join(self.problem_lines(no)).removeprefix("! "), wrong=True)
            return None
        except Away:
            return None
        return str(given["approval"])

    async def register(self) -> str | None:
        """The till this console stands for: by its setting, by its device, or the only one there is."""
        known = self.console.settings.register or self.console.store.register_id
        if known is not None:
            return known
        try:
            items = (await self.console.client.get("/registers"))["items"]
        except ConsoleError:
            items = []
        if len(items) == 1:
            return str(items[0]["register_id"])
        self.tell(self.say("Which till is this? Start the console with --register ID."), wrong=True)
        return None

    def do(self, doing: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Do something that asks or changes, beside the screen."""
        self.run_worker(doing(), group="doing")
