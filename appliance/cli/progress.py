"""Progress bars for long work, on the standard error and only where somebody looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Bar:
    """One bar, from 0 to 1."""

    def __init__(self, progress: Progress, text: str) -> None:
        self._progress = progress
        self._task = progress.add_task(text, total=1.0, detail="")

    def show(self, fraction: float, text: str | None = None, detail: str = "") -> None:
        """How far it is, and what it is at."""
        if text is not None:
            self._progress.update(self._task, description=text)
        self._progress.update(self._task, completed=fraction, detail=detail)


@contextmanager
def bar(text: str) -> Iterator[Bar]:
    """A bar while the work lasts; nothing where the standard error is no terminal."""
    console = Console(stderr=True)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[detail]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    with progress:
        yield Bar(progress, text)
