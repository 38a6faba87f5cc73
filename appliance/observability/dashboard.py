"""The Grafana dashboard as a picture: its own panels, drawn from what a demonstration's store said of itself.

`python -m appliance.observability.dashboard packaging/grafana docs/pictures/dashboard.svg` writes it, `--check`
compares. The figures are a recording (`appliance.demo.recording`), so that the picture is the same on every machine.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from prometheus_client.parser import text_string_to_metric_families

Labels = tuple[tuple[str, str], ...]
Points = list[float | None]
Series = dict[Labels, Points]

COLUMN, ROW, GAP = 40, 26, 6  # pixels of one step of Grafana's grid, and between two panels
LEFT, RIGHT, TOP, BOTTOM = 62, 10, 30, 38  # inside a panel, around its plot
LINES = 4  # of the grid in a plot
COLOURS = ("#73bf69", "#f2cc0c", "#5794f2", "#ff9830", "#f2495c", "#b877d9")
_QUANTILE = re.compile(r"histogram_quantile\(([\d.]+), (.+)\)")
_SUM = re.compile(r"sum by \(([\w, ]+)\) \((.+)\)")
_RATE = re.compile(r"rate\((\w+)\[(\d+)m\]\)")
_UNITS: Mapping[str, tuple[tuple[float, str], ...]] = {  # from the largest; the last is taken for what is smaller
    "bytes": ((2**30, " GiB"), (2**20, " MiB"), (2**10, " KiB"), (1, " B")),
    "s": ((60, " min"), (1, " s"), (0.001, " ms")),
    "reqps": ((1, " req/s"),),
    "short": ((1_000_000, " Mil"), (1_000, " K"), (1, "")),
}


def evaluate(expression: str, recording: Mapping[str, Any]) -> Series:
    """What Prometheus would answer, of the few forms the dashboard asks in."""
    if found := _QUANTILE.fullmatch(expression):
        return _quantile(float(found[1]), evaluate(found[2], recording))
    if found := _SUM.fullmatch(expression):
        return _summed(frozenset(found[1].split(", ")), evaluate(found[2], recording))
    if found := _RATE.fullmatch(expression):
        step = recording["scrape_seconds"]
        window = int(found[2]) * 60 // step
        return {labels: _rate(points, window, step) for labels, points in evaluate(found[1], recording).items()}
    if not expression.isidentifier():
        message = f"the picture cannot draw {expression}"
        raise ValueError(message)
    kept = ((key.split(";"), points) for key, points in recording["series"].items())
    return {_labels(parts[1:]): points for parts, points in kept if parts[0] == expression}


def samples(text: str) -> Iterator[tuple[str, Mapping[str, str], float]]:
    """Name, labels and value of everything in a store's answer, for who records it."""
    for family in text_string_to_metric_families(text):
        yield from ((each.name, each.labels, each.value) for each in family.samples)


def _labels(parts: Sequence[str]) -> Labels:
    return tuple((name, value) for name, _, value in (part.partition("=") for part in parts))


def _rate(points: Points, window: int, step: float) -> Points:
    def at(here: int) -> float | None:
        known = [(index, value) for index, value in enumerate(points[: here + 1]) if value is not None]
        known = [each for each in known if each[0] >= here - window]
        if len(known) < 2 or known[-1][0] != here:  # noqa: PLR2004  a rate is between two
            return None
        (first, low), (last, high) = known[0], known[-1]
        return (high - low) / ((last - first) * step)

    return [at(here) for here in range(len(points))]


def _summed(by: frozenset[str], series: Series) -> Series:
    found: Series = {}
    for labels, points in series.items():
        kept = tuple(each for each in labels if each[0] in by)
        before = found.get(kept, [None] * len(points))
        found[kept] = [_plus(one, other) for one, other in zip(before, points, strict=True)]
    return found


def _plus(one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else one + other


def _quantile(share: float, buckets: Series) -> Series:
    bounds = sorted((float(dict(labels)["le"]), points) for labels, points in buckets.items())
    moments = range(len(bounds[0][1])) if bounds else range(0)
    return {(): [_within(share, [(bound, points[at] or 0.0) for bound, points in bounds]) for at in moments]}


def _within(share: float, buckets: Sequence[tuple[float, float]]) -> float | None:
    """Prometheus's way: evenly within the bucket that holds it; the last bound, where it is beyond that."""
    wanted = share * buckets[-1][1]
    if not wanted:
        return None
    for (low, below), (high, until) in pairwise([(0.0, 0.0), *buckets]):
        if until >= wanted:
            return low if high == float("inf") else low + (high - low) * (wanted - below) / (until - below)
    return None


def said(value: float, unit: str, most: float) -> str:
    """A figure on an axis that goes up to `most`."""
    size, name = next((each for each in _UNITS[unit] if most >= each[0]), _UNITS[unit][-1])
    return f"{value / size:.3g}{name}"


def draw(dashboard: Mapping[str, Any], recording: Mapping[str, Any]) -> str:
    """The whole picture."""
    panels = dashboard["panels"]
    width = COLUMN * max(panel["gridPos"]["x"] + panel["gridPos"]["w"] for panel in panels) + GAP
    height = ROW * max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels) + GAP
    drawn = "\n".join(line for panel in panels for line in _panel(panel, recording))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="10" fill="#ccccdc">\n<title>{escape(dashboard["title"])}</title>\n'
        f'<rect width="{width}" height="{height}" fill="#111217"/>\n{drawn}\n</svg>\n'
    )


def _panel(panel: Mapping[str, Any], recording: Mapping[str, Any]) -> Iterator[str]:
    grid, unit = panel["gridPos"], panel["fieldConfig"]["defaults"]["unit"]
    width, height = COLUMN * grid["w"] - GAP, ROW * grid["h"] - GAP
    yield f'<g transform="translate({COLUMN * grid["x"] + GAP} {ROW * grid["y"] + GAP})">'
    yield f'<rect width="{width}" height="{height}" rx="2" fill="#181b1f" stroke="#2b2e35"/>'
    yield f'<text x="10" y="19" font-size="12" font-weight="bold">{escape(panel["title"])}</text>'
    series: Series = {}
    for target in panel["targets"]:
        series |= evaluate(target["expr"], recording)
    if any(value is not None for points in series.values() for value in points):
        yield from _plot(series, unit, width - LEFT - RIGHT, height - TOP - BOTTOM, recording)
    else:
        yield f'<text x="{width // 2}" y="{height // 2}" text-anchor="middle" fill="#8e8e9b">No data</text>'
    yield "</g>"


def _plot(series: Series, unit: str, width: int, height: int, recording: Mapping[str, Any]) -> Iterator[str]:
    most = max(value for points in series.values() for value in points if value is not None) or 1.0
    top, spans = most * 1.1, recording["scrapes"] - 1
    for index in range(LINES):
        value = top * index / (LINES - 1)
        y = TOP + height - height * index // (LINES - 1)
        yield f'<path d="M{LEFT} {y}h{width}" stroke="#2b2e35"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 3}" text-anchor="end">{said(value, unit, top)}</text>'
    for minute in range(spans * recording["scrape_seconds"] // 60 + 1):
        x = LEFT + round(width * minute * 60 / (spans * recording["scrape_seconds"]))
        yield f'<text x="{x}" y="{TOP + height + 14}" text-anchor="middle">{minute}:00</text>'
    for number, (labels, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        known = [(at, value) for at, value in enumerate(points) if value is not None]
        path = " ".join(
            f"{LEFT + width * at / spans:.0f},{TOP + height * (1 - value / top):.0f}" for at, value in known
        )
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        name = escape(" ".join(value for _, value in labels))
        yield f'<text x="{LEFT + 90 * number}" y="{TOP + height + 29}" fill="{colour}">{name}</text>' if name else ""


def main(arguments: Sequence[str]) -> int:
    """Write or compare; answers the exit code."""
    paths = [Path(each) for each in arguments if each != "--check"]
    if len(paths) != 2:  # noqa: PLR2004  where from, where to
        sys.stderr.write("usage: python -m appliance.observability.dashboard [--check] packaging/grafana PICTURE\n")
        return 2
    dashboard, recording = (json.loads((paths[0] / name).read_text()) for name in ("store.json", "recorded.json"))
    drawn = draw(dashboard, recording)
    if "--check" not in arguments:
        paths[1].write_text(drawn)
    elif not paths[1].exists() or paths[1].read_text() != drawn:
        sys.stderr.write(f"{paths[1]} looks otherwise now. Write it: the same without --check\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
