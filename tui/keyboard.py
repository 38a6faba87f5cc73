"""What comes from the keyboard sorted into fingers and scanners, before any key does anything.

Outside a field a printable key is held for the length of a scanner's pause: if more follows it was a scanner, and if
Enter ends it the code goes to the room and no key of it does anything. Otherwise the keys are let go in their order.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import events
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from tui.scanner import ScanBuffer, pasted
from tui.widgets.typed import Typed

HOLD_SECONDS = 0.025  # scanners pause for at most 16 ms; people do not notice it
SHORTEST_IN_FIELD = 6  # of a code that is kept out of a field meant for something else
ENTER = "enter"

LetGo = Callable[[events.Key], Awaitable[None]]


class Keyboard:
    """Holds keys back; `let_go` takes those that were fingers', `scanned` the codes."""

    def __init__(self, let_go: LetGo, scanned: Callable[[str], None], timer: Callable[[float], Timer]) -> None:
        self._let_go = let_go
        self._scanned = scanned
        self._timer = timer
        self._scanner = ScanBuffer()
        self._held: list[events.Key] = []
        self._waiting: Timer | None = None

    async def key(self, event: events.Key, focused: Widget | None) -> bool:
        """Whether the key was taken."""
        now = event.time  # when it was typed: a busy terminal must not stretch a scan
        if isinstance(focused, Input):
            return self._in_field(event, focused, now)
        if event.is_printable and event.character is not None:
            self._scanner.key(event.character, now)
            self._hold(event)
            return True
        if event.key == ENTER:
            code = self._scanner.enter(now)
            if code is not None and (self._held or any(letter.isdigit() for letter in code)):
                self._forget()
                self._scanned(code)
                return True
        await self.release()
        return False

    def paste(self, event: events.Paste, focused: Widget | None) -> bool:
        """Whether the paste was a scanner's."""
        code = None if isinstance(focused, Input) else pasted(event.text)
        if code is not None:
            self._scanned(code)
        return code is not None

    async def release(self) -> None:
        """Let go of what was held: it was fingers."""
        held = self._held[:]
        self._forget()
        for each in held:
            await self._let_go(each)

    def _in_field(self, event: events.Key, field: Input, now: float) -> bool:
        if event.is_printable and event.character is not None:
            self._scanner.key(event.character, now)
        if event.key != ENTER or field.password:
            return False
        code = self._scanner.enter(now)
        if code is None or not isinstance(field, Typed) or field.scans:
            return False
        if len(code) < SHORTEST_IN_FIELD or not any(letter.isdigit() for letter in code):
            return False
        field.without(code)
        self._scanned(code)
        return True

    def _hold(self, event: events.Key) -> None:
        self._held.append(event)
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self._timer(HOLD_SECONDS)

    def _forget(self) -> None:
        self._held.clear()
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
