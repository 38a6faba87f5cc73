"""`tracing_cost`: what spans of every request take of `sale_http_64`: the same build with and without, in turn."""

from __future__ import annotations

import contextlib
import statistics
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench import load
from bench.report import Result, at_least, not_measured

ROUNDS = 3
SECONDS = 4
WARM_SECONDS = 1
TILLS = 64
SHARES = {"all": "1.0", "one in a hundred": "0.01"}
LEAST = {"all": 0.5, "one in a hundred": 0.75}  # no limit was set from outside: these keep what was reached


def tracing_cost(folder: Path) -> list[Result]:
    """Sales with all of them traced, and with one in a hundred, against sales that nobody traces."""
    missing = load.available()
    if missing:
        return [not_measured("tracing_cost", "sales/s", f">= {LEAST['all']} x limit", missing)]
    with receiver() as (url, bodies), contextlib.ExitStack() as stack:
        servers = {"off": stack.enter_context(load.appliance(folder / "off"))}
        for number, (name, share) in enumerate(SHARES.items()):
            env = {"BACKROOM__TRACING__ENDPOINT": url, "BACKROOM__TRACING__SHARE": share}
            servers[name] = stack.enter_context(load.appliance(folder / f"on-{number}", env))
        rates: dict[str, list[float]] = {name: [] for name in servers}
        for server in servers.values():
            load.drive(server, TILLS, WARM_SECONDS)
        for _ in range(ROUNDS):
            for name, server in servers.items():
                rates[name].append(load.drive(server, TILLS, SECONDS).rate)
    limit = statistics.median(rates["off"])
    results = []
    for name in SHARES:
        note = f"{name} traced to a receiver on loopback ({len(bodies)} batches arrived), against none"
        value = statistics.median(rates[name])
        title = "tracing_cost" if name == "all" else "tracing_cost_1_percent"
        results.append(at_least(title, value, "sales/s", limit, LEAST[name], note))
    return results


@contextlib.contextmanager
def receiver() -> Iterator[tuple[str, list[int]]]:
    """Takes what it is sent, and keeps only how much it was."""
    sizes: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sizes.append(len(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/traces", sizes
        finally:
            server.shutdown()
            thread.join()
