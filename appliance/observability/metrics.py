"""What the store measures about itself, in a registry of its own; `docs/reference/metrics.md` explains each name.

Counting must cost a request next to nothing: a route's requests are counted in plain numbers, and everything that can
be read when somebody asks (depths, sizes, positions) is read then.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from appliance.observability.outside_metrics import OutsideMeter

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
COMMIT_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
STEP_SECONDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
GROUP_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)

Read = Callable[[], float]

# Read when somebody asks: name -> what it says. Counters end in _total.
WATCHED: Mapping[str, str] = {
    "backroom_writer_queue_commands": "Commands waiting for the writer.",
    "backroom_log_position": "Position of the last committed event.",
    "backroom_wal_bytes": "Size of SQLite's write-ahead log file.",
    "backroom_disk_free_bytes": "Room left on the disk of the data directory.",
    "backroom_disk_full": "1 while the store cannot write for lack of room.",
    "backroom_event_stream_clients": "Clients following the log live.",
    "backroom_order_cache_hits_total": "Order details answered from memory.",
    "backroom_order_cache_misses_total": "Order details that had to be read.",
    "backroom_sagas_running": "Sagas under way, those being undone included.",
    "backroom_sagas_waiting": "Sagas that wait for a person.",
    "backroom_sagas_stuck": "Sagas that need a decision.",
    "backroom_messages_due": "Messages that wait for a worker.",
    "backroom_messages_oldest_due_seconds": "How long the oldest of them has waited.",
    "backroom_messages_delayed": "Messages whose time has not come: retries and timers.",
    "backroom_messages_dead": "Messages that gave up or have no actor here.",
    "backroom_http_connections": "Connections of tills and others, open now.",
    "backroom_http_connections_cut_total": "Connections cut because a request or the taking of an answer was too slow.",
    "backroom_http_connections_refused_total": "Connections refused because there were too many.",
    "backroom_http_requests_limited_total": "Requests refused because there were too many in a second.",
    "backroom_autonomy_days": "Days the store can trade as it is, by disk, price lists and certificate.",
    "backroom_uptime_seconds": "Seconds since this process began to serve.",
    "backroom_sync_connected": "1 while there is a connection to head office.",
    "backroom_sync_acknowledged_position": "Position up to which head office has acknowledged everything.",
    "backroom_sync_backlog_events": "Events that head office has not acknowledged.",
    "backroom_sync_oldest_unsent_seconds": "Age of the oldest event that head office lacks; 0 while it has all.",
    "backroom_sync_events_per_second": "Events acknowledged a second, of late.",
    "backroom_sync_connections_total": "Connections to head office that were made.",
    "backroom_sync_refused_total": "What head office's server did not permit.",
    "backroom_sync_paused": "1 while an operator has paused it.",
    "backroom_sync_claim_refused": "1 while another box publishes as this store.",
    "backroom_sync_trouble": "1 while something keeps events from head office.",
    "backroom_hq_commands_applied_total": "Commands of head office carried out since the start.",
    "backroom_hq_commands_refused_total": "Commands of head office refused since the start; each is an event.",
    "backroom_hq_commands_repeated_total": "Commands of head office that had come before and did nothing again.",
    "backroom_hq_commands_waiting": "Commands that wait at head office, when it was last asked.",
    "backroom_hq_pricelists_activated_total": "Price lists of head office put into the log since the start.",
    "backroom_hq_pricelists_refused_total": "Price lists of head office refused since the start.",
    "backroom_hq_catalogue_age_seconds": "Seconds since head office's price lists were last known to be ours.",
    "backroom_hq_policies_changed_total": "Policies that head office changed since the start.",
    "backroom_hq_policies_refused_total": "Policies of head office refused since the start.",
    "backroom_hq_policies_age_seconds": "Seconds since head office's policies were last known to be ours.",
    "backroom_hq_keys_sent_total": "Copies of keys to personal data sent to head office since the start.",
    "backroom_hq_keys_deleted_total": "Copies of keys deleted there since the start.",
    "backroom_hq_down_troubles": "Parts of the way down from head office that are in trouble.",
}


class RouteMeter:
    """Counts one route's requests, on the event loop only: plain numbers, made into metrics when somebody asks."""

    __slots__ = ("_buckets", "_by_status", "_labels", "_seconds")

    def __init__(self, route: str, method: str) -> None:
        self._labels = (route, method)
        self._by_status: dict[int, int] = {}
        self._buckets = [0] * (len(REQUEST_SECONDS) + 1)
        self._seconds = 0.0

    def count(self, status: int, seconds: float) -> None:
        """A request has been answered."""
        self._by_status[status] = self._by_status.get(status, 0) + 1
        self._buckets[bisect_left(REQUEST_SECONDS, seconds)] += 1
        self._seconds += seconds

    def add_to(self, requests: CounterMetricFamily, seconds: HistogramMetricFamily) -> None:
        """What was counted, as Prometheus wants it; a route nobody has asked for is left out."""
        for status, count in self._by_status.items():
            requests.add_metric((*self._labels, str(status)), count)
        if self._by_status:
            bounds = [*map(floatToGoString, REQUEST_SECONDS), "+Inf"]
            buckets = list(zip(bounds, map(float, accumulate(self._buckets)), strict=True))
            seconds.add_metric(self._labels, buckets, self._seconds)


class _Routes(Collector):
    """The meters of all routes."""

    def __init__(self) -> None:
        self.meters: list[RouteMeter] = []

    def collect(self) -> Iterator[Metric]:
        labels = ("route", "method")
        requests = CounterMetricFamily(
            "backroom_http_requests", "Requests answered, by route and status.", labels=(*labels, "status")
        )
        seconds = HistogramMetricFamily(
            "backroom_http_request_seconds", "From a request's head to its answer.", labels=labels
        )
        for meter in self.meters:
            meter.add_to(requests, seconds)
        yield requests
        yield seconds


class _Watched(Collector):
    """Reads what is watched at the moment it is asked for."""

    def __init__(self) -> None:
        self.reads: dict[str, Read] = {}

    def collect(self) -> Iterator[Metric]:
        for name, read in self.reads.items():
            family = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            yield family(name, WATCHED[name], value=read())


class Metrics:
    """The store's own measurements; one instance a process, though nothing breaks with two."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._watched = _Watched()
        registry.register(self._watched)
        self._routes = _Routes()
        registry.register(self._routes)
        ProcessCollector(registry=registry)
        self.group_size = Histogram(
            "backroom_writer_group_commands", "Commands in one transaction.", buckets=GROUP_SIZES, registry=registry
        )
        self.group_seconds = Histogram(
            "backroom_writer_group_seconds", "One transaction, whole.", buckets=COMMIT_SECONDS, registry=registry
        )
        self.commit_seconds = Histogram(
            "backroom_writer_commit_seconds", "COMMIT alone: the disk.", buckets=COMMIT_SECONDS, registry=registry
        )
        self._query_seconds = Histogram(
            "backroom_query_seconds", "One read, by its name.", ("query",), buckets=COMMIT_SECONDS, registry=registry
        )
        self.step_seconds = Histogram(
            "backroom_saga_step_seconds",
            "One call of a saga's step.",
            ("step",),
            buckets=STEP_SECONDS,
            registry=registry,
        )
        self.step_outcomes = Counter(
            "backroom_saga_step_outcomes", "What came of saga steps.", ("step", "outcome"), registry=registry
        )
        self.replays = Counter("backroom_http_replays", "Writes answered again from their receipt.", registry=registry)
        self.outside = OutsideMeter(registry)
        self._info = Gauge("backroom_info", "What runs; always 1.", ("version", "store", "mode"), registry=registry)

    def route(self, route: str, method: str) -> RouteMeter:
        """The meter of one route."""
        meter = RouteMeter(route, method)
        self._routes.meters.append(meter)
        return meter

    def query(self, name: str, seconds: float) -> None:
        """A read has been answered, or cut off; names are the program's own, never a client's."""
        self._query_seconds.labels(query=name).observe(seconds)

    def step(self, step: str, outcome: str, seconds: float) -> None:
        """A saga's step has been worked on; names are the definitions' own."""
        self.step_seconds.labels(step=step).observe(seconds)
        self.step_outcomes.labels(step=step, outcome=outcome).inc()

    def watch(self, reads: Mapping[str, Read]) -> None:
        """Read these when asked; every name stands in WATCHED."""
        unknown = set(reads) - set(WATCHED)
        if unknown:
            message = f"not documented: {', '.join(sorted(unknown))}"
            raise ValueError(message)
        self._watched.reads |= reads

    def describe(self, version: str, store_id: str, mode: str) -> None:
        """Say which store this is."""
        self._info.labels(version=version, store=store_id, mode=mode).set(1)

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)
