"""What is measured of calls to the outside world. Labels are the program's own names: ports, operations, outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CALL_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

# Read of every port's line when somebody asks.
LINE: Mapping[str, str] = {
    "backroom_outside_breaker_state": "0 lets calls through, 1 tries one at a time, 2 lets none through.",
    "backroom_outside_breaker_opened_total": "How often the breaker has opened.",
    "backroom_outside_in_flight": "Calls under way.",
}
LineStates = Callable[[], Mapping[str, tuple[float, float, float]]]
"""By port: breaker state, times opened, calls in flight; ports that are built in are left out."""


class _Lines(Collector):
    def __init__(self) -> None:
        self.read: LineStates = dict

    def collect(self) -> Iterator[Metric]:
        lines = self.read()
        for index, (name, text) in enumerate(LINE.items()):
            kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            family = kind(name, text, labels=("port",))
            for port, values in lines.items():
                family.add_metric((port,), values[index])
            yield family


class OutsideMeter:
    """Counts calls as they end, and reads breakers when asked."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("port", "operation")
        self._calls = Counter(
            "backroom_outside_calls", "Calls to providers, by how they ended.", (*labels, "outcome"), registry=registry
        )
        self._seconds = Histogram(
            "backroom_outside_call_seconds",
            "One call, the wait for its turn included.",
            labels,
            buckets=CALL_SECONDS,
            registry=registry,
        )
        self._lines = _Lines()
        registry.register(self._lines)

    def called(self, port: str, operation: str, outcome: str, seconds: float) -> None:
        """A call has ended, so."""
        self._calls.labels(port=port, operation=operation, outcome=outcome).inc()
        self._seconds.labels(port=port, operation=operation).observe(seconds)

    def watch(self, read: LineStates) -> None:
        """Read the lines' states here whenever somebody asks."""
        self._lines.read = read
