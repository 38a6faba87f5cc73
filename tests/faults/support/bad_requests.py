"""Requests that nobody should send, drawn from a seed: each begins as a good one of some route, and then goes wrong.

Sent as bytes over keep-alive connections, so that what no HTTP library lets through is sent as well.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from appliance.api.endpoint import Endpoint
from appliance.api.endpoints import ENDPOINTS
from appliance.api.openapi_parts import example
from appliance.api.pages import PAGES
from appliance.api.paths import parameter_names

LIVE = {"stream_events", "stream_changes"}  # have no end
LEAVING = {"close_session"}  # let through once, it would leave the rest to be asked by nobody
TARGETS: Sequence[Endpoint] = [each for each in (*ENDPOINTS, *PAGES) if each.operation not in LIVE | LEAVING]
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "LINK", "get", "G\x00T", "\u00e9")

HOSTILE: Sequence[Any] = (
    "", " ", "none", "all", ".", "..", "../../etc/passwd", "..%2f..%2fkeys.db", "/dev/zero", "C:\\keys.db",
    "' OR 1=1 --", "'; DROP TABLE events; --", '" UNION SELECT key FROM subject_keys --', "a'||(select 1)||'",
    "NEAR(", '"', "*", "a AND", "x" * 300, "x" * 5_000, "\x00", "\x1b[2J\x1b]0;owned\x07", "\r\nX-Owned: 1", "\u202e",
    "\ufeff", "\U0001f4a3", "\u0130", "{{7*7}}", "${jndi:ldap://127.0.0.1/a}", "%s%n%x", "<script>alert(1)</script>",
    "-1", "0", "1e400", "NaN", "Infinity", "-0", "0x10", "9" * 400, "1.0000000000000000001", "\u0661", "2026-02-30",
    "9999-12-31T23:59:59Z", "0000-00-00", "bkr_wrong", "bks_wrong", "4111111111111111", "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data", "till-1", "tea", "v1", '"v1"', 'W/"v1"', "*", "null", "true",
    None, True, False, 0, -1, 1, 1 << 31, 1 << 63, -(1 << 63), 1 << 200, 1.5, 1e308, [], {}, [[]], [None] * 50,
    {"a": {"b": {"c": []}}}, {"$ref": "#"}, {"__proto__": {}}, [{}] * 3,
)  # fmt: skip
TEXTS = [each for each in HOSTILE if isinstance(each, str)]
RAW_BODIES = (
    b"", b"{", b"}", b"[" * 2_000, b'{"a":' * 2_000, b"\xff\xfe", b'{"register_id": "\\ud800"}', b"NaN", b"-", b"{}{}",
    b'{"a": 1, "a": 2}', b"\x00" * 64, b'"' + b"x" * 70_000 + b'"', b"null", b"1" * 5_000, b"\x1f\x8b\x08\x00",
    b"register_id=1&lines=2", b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
)  # fmt: skip
HEADERS = ("idempotency-key", "if-match", "if-none-match", "content-type", "authorization", "backroom-session",
           "backroom-approval", "traceparent", "accept", "accept-encoding", "cookie", "x-forwarded-for", "host",
           "last-event-id", "content-encoding", "expect", "range", "upgrade")  # fmt: skip
BROKEN = (
    b"GET /api/v1/sales HTTP/9.9\r\n\r\n",
    b"GET  /api/v1/sales\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST /api/v1/sales HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /api/v1/sales HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    b"POST /api/v1/sales HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    b"GET /health/live HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    b"GET /health/live HTTP/1.1\r\nHost: x\r\n: nameless\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET http://169.254.169.254/ HTTP/1.1\r\nHost: x\r\n\r\n",
    b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n",
)


@dataclass(slots=True)
class Request:
    """One request before it becomes bytes."""

    endpoint: Endpoint
    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    query: list[str] = field(default_factory=list)

    def __bytes__(self) -> bytes:
        """As it is sent; what is no header's text is cut out of it, for the framing is not what is tried here."""
        target = self.path + ("?" + "&".join(self.query) if self.query else "")
        lines = [f"{self.method} {target} HTTP/1.1", "Host: backroom"]
        lines += [f"{name}: {_line(value)}" for name, value in self.headers.items()]
        lines += [f"Content-Length: {len(self.body)}"] if self.body or self.method != "GET" else []
        return "\r\n".join(lines).encode("utf-8", "surrogatepass") + b"\r\n\r\n" + self.body


def _line(text: str) -> str:
    return text.replace("\r", "").replace("\n", "").replace("\x00", "")


Spoil = Callable[["Spoiler", Request], None]


class Spoiler:
    """Draws requests; `bearers` are the headers of devices and operators of every role, and of nobody."""

    def __init__(self, dice: random.Random, bearers: Sequence[dict[str, str]]) -> None:
        self.dice = dice
        self._bearers = bearers
        self._number = 0
        self._bodies = {each.operation: example(each.body) for each in TARGETS if each.body is not None}

    def draw(self) -> tuple[str, bytes]:
        """The next one: whose route it was, and its bytes."""
        if self.dice.random() < 0.02:
            return "broken", self.dice.choice(BROKEN)
        request = self._good()
        for spoil in self.dice.sample(SPOILS, self.dice.choice((1, 1, 1, 2, 3))):
            spoil(self, request)
        return request.endpoint.operation, bytes(request)

    def hostile(self, *, quoted: bool = False) -> str:
        """Some text that hurts; in an address `quoted`."""
        text = self.dice.choice(TEXTS)
        return quote(text, safe=self.dice.choice(("", "/", "%"))) if quoted else text

    def _good(self) -> Request:
        endpoint = self.dice.choice(TARGETS)
        self._number += 1
        headers = {"content-type": "application/json", "idempotency-key": f"bad-{self._number}"}
        headers |= self.dice.choice(self._bearers)
        path = endpoint.path
        for name in parameter_names(path):
            path = path.replace(f"{{{name}}}", "none")
        body = json.dumps(self._bodies[endpoint.operation]).encode() if endpoint.body is not None else b""
        query = [f"{each.name}={each.example}" for each in endpoint.query if each.required]
        return Request(endpoint, endpoint.method, path, headers, body, query)

    def field(self, request: Request) -> None:
        """Some value of the body, at any depth, is another."""
        value = self._bodies.get(request.endpoint.operation, {})
        for _ in range(self.dice.choice((1, 1, 2))):
            value = self._changed(value)
        request.body = json.dumps(value, allow_nan=True).encode()

    def _changed(self, value: Any) -> Any:
        if isinstance(value, dict) and value and self.dice.random() < 0.8:
            name = self.dice.choice(list(value))
            deed = self.dice.random()
            if deed < 0.15:
                return {key: each for key, each in value.items() if key != name}
            if deed < 0.3:
                return value | {self.dice.choice(TEXTS)[:80]: self.dice.choice(HOSTILE)}
            return value | {name: self._changed(value[name])}
        if isinstance(value, list) and value and self.dice.random() < 0.7:
            return [self._changed(value[0]), *value[1:]] * self.dice.choice((1, 1, 2, 40))
        return self.dice.choice(HOSTILE)

    def bytes_of_body(self, request: Request) -> None:
        """The body is no JSON, or cut."""
        cut = request.body[: self.dice.randrange(len(request.body) + 1)]
        request.body = self.dice.choice((*RAW_BODIES, cut, cut, self.dice.randbytes(40)))

    def address(self, request: Request) -> None:
        """A parameter of the address is hostile, or the address is longer."""
        parts = request.path.split("/")
        if "none" in parts:
            parts[parts.index("none")] = self.hostile(quoted=True)
        else:
            parts.append(self.hostile(quoted=True))
        request.path = "/".join(parts)

    def parameter(self, request: Request) -> None:
        """A parameter of the query is hostile, unknown, or there twice."""
        names = [each.name for each in request.endpoint.query] or ["limit", "cursor", "query"]
        name = self.dice.choice((*names, "colour"))
        request.query += [f"{name}={self.hostile(quoted=True)}"] * self.dice.choice((1, 1, 2))

    def header(self, request: Request) -> None:
        """A header is hostile, missing, or of another kind."""
        name = self.dice.choice(HEADERS)
        if self.dice.random() < 0.2:
            request.headers.pop(name, None)
        else:
            request.headers[name] = self.hostile()

    def method(self, request: Request) -> None:
        """Another method."""
        request.method = self.dice.choice(METHODS)


SPOILS: Sequence[Spoil] = (
    Spoiler.field, Spoiler.field, Spoiler.bytes_of_body, Spoiler.address, Spoiler.parameter, Spoiler.header,
    Spoiler.method,
)  # fmt: skip
