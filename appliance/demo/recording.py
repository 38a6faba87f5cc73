"""What a Prometheus would have kept of a demonstration: the store's own /metrics, scraped every few seconds.

`python -m appliance.demo.recording packaging/grafana/store.json > packaging/grafana/recorded.json` plays one for five
minutes and prints what the dashboard asks for; `appliance.observability.dashboard` draws it.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from appliance.demo.script import Moment, perform
from appliance.eventstore.store import Paths
from appliance.observability.dashboard import samples

SECONDS = 300.0
SCRAPE_SECONDS = 5
DIGITS = 6
_NAME = re.compile(r"\b(?:backroom|process)_[a-z_]+\b")


class Recorder:
    """Looks at a store through its control socket whenever a scrape is due, and places an order each time."""

    def __init__(self, socket: Path, names: frozenset[str]) -> None:
        self.series: dict[str, list[float | None]] = {}
        self.scrapes = 0
        self._names = names
        self._store = httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://store", timeout=10)

    def __call__(self, moment: Moment) -> None:
        """At a moment of the demonstration; one that comes late counts for when it was due."""
        if moment.seconds < self.scrapes * SCRAPE_SECONDS:
            return
        self._order()
        for name, labels, value in samples(self._store.get("/metrics").raise_for_status().text):
            if name in self._names:
                kept = self.series.setdefault(_key(name, labels), [None] * self.scrapes)
                kept.append(_short(value))
        self.scrapes += 1

    def _order(self) -> None:
        goods = [{"product_id": "coffee-250g", "quantity": "100"}]  # the tills sell it too
        self._write("/stock/receipts", {"lines": goods})
        customer = self._write("/customers", {"name": "Ada Example"})
        items = [{"product_id": "coffee-250g", "quantity": "1"}]
        self._write("/orders", {"customer_id": customer["customer_id"], "kind": "pickup", "items": items})

    def _write(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        found: dict[str, Any] = self._store.post(f"/api/v1{path}", json=body, headers=headers).raise_for_status().json()
        return found

    def as_data(self) -> dict[str, Any]:
        """All of it, for a file."""
        return {"scrape_seconds": SCRAPE_SECONDS, "scrapes": self.scrapes, "series": dict(sorted(self.series.items()))}


def _short(value: float) -> float:
    return int(value) if value.is_integer() else float(f"{value:.{DIGITS}g}")


def _key(name: str, labels: Mapping[str, str]) -> str:
    return name + "".join(f";{label}={value}" for label, value in sorted(labels.items()))


def _packed(values: Sequence[float | None]) -> str:
    return json.dumps(values, separators=(",", ":"))


def names_in(dashboard: Mapping[str, Any]) -> frozenset[str]:
    """Every metric that a dashboard asks for."""
    asked = (target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    return frozenset(name for expression in asked for name in _NAME.findall(expression))


def record(dashboard: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """Play the demonstration and keep what the dashboard asks for. Raises DemoFailed."""
    with tempfile.TemporaryDirectory(prefix="backroom-") as folder:
        recorder = Recorder(Paths(Path(folder) / "store").socket, names_in(dashboard))
        asyncio.run(perform(Path(folder), seconds, recorder))
    return recorder.as_data()


def main(arguments: Sequence[str]) -> int:
    """Print a recording; answers the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m appliance.demo.recording DASHBOARD > packaging/grafana/recorded.json\n")
        return 2
    found = record(json.loads(Path(arguments[0]).read_text(encoding="utf-8")), SECONDS)
    series = ",\n".join(f"  {json.dumps(key)}: {_packed(values)}" for key, values in found.pop("series").items())
    sys.stdout.write(json.dumps(found)[:-1] + f', "series": {{\n{series}\n}}}}\n')
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
