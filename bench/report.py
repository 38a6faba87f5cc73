"""Results: a table for people, `build/bench.json` for machines."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

OUTPUT = Path("build/bench.json")


@dataclass(frozen=True, slots=True)
class Result:
    """One figure. `ratio` is what is judged: of value to limit, or whatever `note` says; None where not measured."""

    name: str
    value: float | None
    unit: str
    limit: float | None
    ratio: float | None
    must: str
    met: bool
    note: str = ""


def not_measured(name: str, unit: str, must: str, why: str) -> Result:
    """A figure that could not be had here: it counts as missed."""
    return Result(name, None, unit, None, None, must, met=False, note=f"not measured: {why}")


def at_least(name: str, value: float, unit: str, limit: float, least: float, note: str = "") -> Result:
    """`value` must be at least `least` times `limit`."""
    ratio = value / limit
    return Result(name, value, unit, limit, ratio, f">= {least:g} x limit", ratio >= least, note)


def at_most(name: str, value: float, unit: str, limit: float, most: float, note: str = "") -> Result:
    """`value` must be at most `most` times `limit`."""
    ratio = value / limit
    return Result(name, value, unit, limit, ratio, f"<= {most:g} x limit", ratio <= most, note)


def alternate(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """Each measure's median over rounds run in turn, so that a machine that slows down slows all of them."""
    taken: list[list[float]] = [[] for _ in measures]
    for _ in range(rounds):
        for values, measure in zip(taken, measures, strict=True):
            values.append(measure())
    return [statistics.median(values) for values in taken]


def heading() -> str:
    """What the figures were taken on."""
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}, "
        f"{os.cpu_count()} cores"
    )


def line(result: Result) -> str:
    """One row of the table."""
    mark = "ok  " if result.met else "MISS"
    value = "not measured" if result.value is None else f"{result.value:,.4g} {result.unit}"
    limit = "" if result.limit is None else f"limit {result.limit:,.4g}"
    ratio = "" if result.ratio is None else f"ratio {result.ratio:.2f}"
    return f"{mark} {result.name:<24} {value:>24}  {limit:<18} {ratio:<12} must {result.must}  {result.note}"


def write(results: Sequence[Result]) -> None:
    """Keep the figures where tools look for them."""
    OUTPUT.parent.mkdir(exist_ok=True)
    keys = ("name", "value", "unit", "limit", "ratio")
    OUTPUT.write_text(json.dumps([{key: asdict(each)[key] for key in keys} for each in results], indent=1) + "\n")
