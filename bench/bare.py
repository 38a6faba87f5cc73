"""The limits of `sale_http_*`, each a server of its own.

"bare" is a Litestar route with a msgspec Struct, one row a request, our writer and group commit; "empty" is an ASGI
route that does nothing, which says how fast the load generator itself can go.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
import uvloop
from litestar import Litestar, post

from appliance.eventstore.clock import system_clock
from appliance.eventstore.group import Wiring
from appliance.eventstore.store import EventStore, open_store
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.process import settle_garbage_collector

_CREATE = "CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT"
_encode = msgspec.json.encode


class Line(msgspec.Struct):
    product_id: str
    quantity: str


class Tender(msgspec.Struct):
    type: str
    amount: int


class Sale(msgspec.Struct):
    register_id: str
    client_ref: str
    currency: str
    lines: list[Line]
    tenders: list[Tender]


class Booked(msgspec.Struct):
    client_ref: str
    lines: int


def _route(store: EventStore) -> Any:
    @post("/api/v1/sales")
    async def book(data: Sale) -> Booked:
        body = _encode(data).decode()

        def insert(uow: UnitOfWork) -> None:
            uow.execute("INSERT INTO bare(body) VALUES (?)", (body,))

        await store.writer.run(insert)
        return Booked(data.client_ref, len(data.lines))

    return book


async def _empty(scope: Any, receive: Any, send: Any) -> None:
    del scope
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


async def _serve(kind: str, port: int, data: Path) -> None:
    app: Any = _empty
    if kind == "bare":
        store = open_store(data, Wiring(fold=lambda *_: None, touches={}, clock=system_clock))
        store.writer.call(lambda uow: uow.execute(_CREATE))
        app = Litestar([_route(store)], openapi_config=None, logging_config=None)
    settle_garbage_collector()
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, http="httptools", log_level="error", access_log=False, lifespan="off"
    )
    await uvicorn.Server(config).serve()


def main() -> None:
    """usage: python -m bench.bare bare|empty PORT DATA."""
    kind, port, data = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(kind, int(port), Path(data)))


if __name__ == "__main__":
    main()
