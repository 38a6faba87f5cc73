"""A console on a terminal of 80x24 as a person has one: a process on a pseudo-terminal, its keys, what it paints."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.load import LOAD_CORE

ROWS, COLUMNS = 24, 80
DEADLINE_SECONDS = 60.0
END_SECONDS = 5.0
END_KEY = b"\x11"  # Ctrl+Q
TICKS = os.sysconf("SC_CLK_TCK")


class Terminal:
    """One console; everything it sends is kept, with the moment it came."""

    def __init__(self, command: Sequence[str]) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        env = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONPATH": str(Path.cwd())}
        self._came = threading.Condition()
        self._chunks: list[tuple[float, bytes]] = []
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            ["taskset", "-c", LOAD_CORE, *command],
            stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self._ours, 65_536)
            except OSError:
                return
            if not chunk:
                return
            with self._came:
                self._chunks.append((time.perf_counter(), chunk))
                self._came.notify_all()

    @property
    def sent(self) -> int:
        """Bytes that went to the terminal so far."""
        with self._came:
            return sum(len(chunk) for _, chunk in self._chunks)

    @property
    def cpu_seconds(self) -> float:
        """Processor time of the console so far. taskset replaces itself, so the process's id is the console's."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def shows(self, text: str, since: int = 0) -> float:
        """When the text was on its way, in what came after `since` bytes; a moment of perf_counter."""
        wanted, deadline = text.encode(), time.monotonic() + DEADLINE_SECONDS
        with self._came:
            while True:
                found = self._found(wanted, since)
                if found is not None:
                    return found
                if not self._came.wait(deadline - time.monotonic()):
                    message = f"no {text!r} in {b''.join(each for _, each in self._chunks)[-3000:]!r}"
                    raise RuntimeError(message)

    def _found(self, wanted: bytes, since: int) -> float | None:
        seen, passed = b"", 0
        for moment, chunk in self._chunks:
            passed += len(chunk)
            if passed > since:
                seen = seen[-len(wanted) :] + chunk[max(0, len(chunk) - (passed - since)) :]
                if wanted in seen:
                    return moment
        return None

    def press(self, keys: bytes) -> float:
        """Type, and answer how many seconds it took until the terminal was painted."""
        with self._came:
            before = len(self._chunks)
            begun = time.perf_counter()
            os.write(self._ours, keys)
            while len(self._chunks) == before:
                if not self._came.wait(DEADLINE_SECONDS):
                    message = f"{keys!r} painted nothing"
                    raise RuntimeError(message)
            return self._chunks[before][0] - begun

    def settle(self, quiet_s: float) -> None:
        """Wait until nothing has come for so long."""
        with self._came:
            while self._came.wait(quiet_s):
                pass

    def close(self) -> None:
        """End it as a person does, or otherwise."""
        with contextlib.suppress(OSError):
            os.write(self._ours, END_KEY)
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)


def command(data: Path, *options: str) -> list[str]:
    """The console on the store in `data`, as `backroom tui` starts it."""
    return [sys.executable, "-m", "appliance", "--data", str(data), "tui", "--register", "till-1", *options]


@contextlib.contextmanager
def consoles(count: int, data: Path, *options: str) -> Iterator[list[Terminal]]:
    """So many of them, each showing the day."""
    started = [Terminal(command(data, *options)) for _ in range(count)]
    try:
        for each in started:
            each.shows(FIRST_DATA)
        yield started
    finally:
        for each in started:
            each.close()


FIRST_DATA = "Taken by tender"  # stands above the day's takings, once they have been read
