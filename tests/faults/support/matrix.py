"""The crash matrix: which step and compensation a process was killed at, before and after what, and how often."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.support.saga_crashing import Crasher
from tests.faults.support.scale import SEED, spread

# What the crash matrix calls them: (column, before or after).
COLUMNS: Mapping[str, tuple[str, str]] = {
    "before_append": ("append", "before"), "appended": ("append", "after"),
    "before_enqueue": ("enqueue", "before"), "after_enqueue": ("enqueue", "after"),
    "before_lease": ("lease", "before"), "after_lease": ("lease", "after"),
    "before_call": ("call", "before"), "arrived": ("call", "after"),
    "carried_out": ("answer", "before"), "after_call": ("answer", "after"),
    "before_outcome": ("outcome", "before"), "committed": ("outcome", "after"), "after_outcome": ("outcome", "after"),
}  # fmt: skip
ORDER = ("append", "enqueue", "lease", "call", "answer", "outcome")
LAST = "after_outcome"


@dataclass
class Matrix:
    """Kills one scenario at its moments, each twice in a row, and counts where."""

    crasher: Crasher
    hit: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    killed: int = 0
    missed: list[str] = field(default_factory=list)
    known: Sequence[str] = ()

    def lives(self, most: int) -> Iterator[tuple[str, str]]:
        """(moment, name of the life) for as many moments as the scale allows; each life has been left to its end."""
        self.known = self._known()
        for number in spread(len(self.known), most, self.crasher.scenario):
            yield self.known[number - 1], self._killed_twice(number, self.known[number - 1])

    def _known(self) -> Sequence[str]:
        """The moments that two lives without accidents have in common, up to the last outcome."""
        one, other = (self.crasher.run(f"whole-{number}") for number in range(2))
        assert (one.code, other.code) == (0, 0)
        last = max(number for number, name in enumerate(one.points) if name.startswith(LAST))
        return [name for name in one.points[: last + 1] if name in other.points]

    def _killed_twice(self, number: int, moment: str) -> str:
        life = f"at-{number}"
        first = self.crasher.run(life, kill_at=moment)
        if first.killed:
            self.killed += 1
            self.hit[cell(first.points[-1])] += 1
        else:
            assert first.code == 0
            self.missed.append(moment)  # this life had another order
        self.crasher.run(life, kill_at=max(2, number % 7))
        assert self.crasher.run(life).code == 0, moment
        return life

    def summary(self) -> str:
        """The matrix: which step or compensation was killed how often before and after what."""
        title = f"{self.crasher.scenario.rpartition(':')[2]}: killed at {self.killed} of {len(self.known)} moments, "
        title += f"each twice; {len(self.missed)} not met; seed {SEED}"
        return "\n".join([title, *_table(self.hit)])


def cell(moment: str) -> tuple[str, str, str]:
    """(step or compensation, column, before or after) of a moment."""
    kind, _, call = moment.partition(" ")
    column, side = COLUMNS.get(kind, (kind, "at"))
    _, _, step = call.partition(" #")[0].partition(":")
    name, _, run = step.partition(":")
    return (f"undo {name}" if run.startswith("undo") else name) or "begin", column, side


def _table(hit: Mapping[tuple[str, str, str], int]) -> Iterator[str]:
    rows: dict[str, dict[str, list[int]]] = defaultdict(lambda: {column: [0, 0] for column in ORDER})
    for (step, column, side), count in hit.items():
        if column in ORDER:
            rows[step][column][side == "after"] += count
    width = max([*map(len, rows), 4])
    yield f"{'':{width}}  " + "  ".join(f"{column:>8}" for column in ORDER) + "   (kills before/after)"
    for step, columns in rows.items():
        yield f"{step:{width}}  " + "  ".join(f"{columns[each][0]:>4}/{columns[each][1]:<3}" for each in ORDER)
