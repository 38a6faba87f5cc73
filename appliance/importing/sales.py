"""One run over sales files: read, understand, book in order, count."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.importing import reasons
from appliance.importing.batch import Batch, Result, Standing
from appliance.importing.invoices import FileContents, Gathered, gather
from appliance.importing.reader import FileUnreadable, Row, read_rows
from appliance.importing.reconciliation import Reconciliation

BATCH_LINES = 4_000  # a request of some 200 KB: little to repeat, and seldom enough

Book = Callable[[Batch], Awaitable[Sequence[Result]]]
Rejected = Callable[[Path, int, str, str], None]
"""Told of every row that is not booked: file, line, reason, and more about it where there is more."""
Progress = Callable[[Path, float, int], None]
"""Told how far a file is: from 0 to 1, and the rows since it was told last."""


@dataclass(frozen=True, slots=True)
class SalesImport:
    """The run; `book` sends a batch to the store."""

    book: Book
    exponent: int
    rejected: Rejected = lambda *_: None
    progress: Progress = lambda *_: None

    async def run(self, files: Iterable[Path], standing: Callable[[], Awaitable[Standing]]) -> Reconciliation:
        """Book all files, one after the other, then compare with the store."""
        count = Reconciliation()
        for path in files:
            await self._file(path, count)
        count.conclude(await standing())
        return count

    async def _file(self, path: Path, count: Reconciliation) -> None:
        contents = gather(_noting_the_unreadable(path, count), self.exponent)
        count.add_file(contents)
        for row in contents.rejected:
            self.rejected(path, row.line, row.reason, reasons.in_words(row.reason))
        done = len(contents.rejected)
        self.progress(path, done / max(contents.rows, 1), done)
        for batch in contents.batches(BATCH_LINES):
            rows = await self._batch(path, contents, batch, count)
            done += rows
            self.progress(path, done / contents.rows, rows)
        self.progress(path, 1.0, 0)

    async def _batch(self, path: Path, contents: FileContents, batch: Sequence[Gathered], count: Reconciliation) -> int:
        results = await self.book(contents.on_the_wire(batch))
        for gathered, result in zip(batch, results, strict=True):
            reason = count.settle(gathered, result)
            if reason is not None:
                for line in gathered.lines:
                    self.rejected(path, line, reason, result.detail or reasons.in_words(reason))
        return sum(len(gathered.lines) for gathered in batch)


def _noting_the_unreadable(path: Path, count: Reconciliation) -> Iterator[Row]:
    """The rows of a file up to where it cannot be read any further; what was read is booked all the same."""
    try:
        yield from read_rows(path)
    except FileUnreadable as error:
        count.unreadable.append(str(error))
