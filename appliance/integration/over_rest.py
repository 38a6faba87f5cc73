"""The protocol over HTTP/1.1 and JSON. What each status means stands in docs/reference/integration.md.

No redirect is followed, no proxy of the environment is used, nothing is unpacked, and no more is read than may be.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from appliance.application.outside import Declined, NotSent, OutcomeUnknown, TryAgain
from appliance.integration.hosts import Target
from appliance.integration.line import Attempt
from appliance.integration.settings import PortSettings
from appliance.integration.wire import Document

CONNECT_SECONDS = 3.0  # of the call's time, so that another instance can be tried
PROBLEM = "application/problem+json"
MAY_PASS = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
NOT_LET_IN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
LONGEST_DETAIL = 300
LEAVING = "http11.send_request_headers.started"  # httpcore's name of the moment before the first byte


class RestTransport:
    """One provider's HTTP interface."""

    def __init__(self, settings: PortSettings, token: str = "") -> None:
        self._scheme = settings.place.scheme
        self._limit = settings.max_answer_bytes
        self._fixed = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "backroom"}
        if token:
            self._fixed["authorization"] = f"Bearer {token}"
        self._client = httpx.AsyncClient(
            verify=trust(settings) if settings.tls else False,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(settings.timeout_s, connect=min(CONNECT_SECONDS, settings.timeout_s / 2)),
            # A provider that answers twice leaves an answer in the connection, which the next call would read as its
            # own, and so would every call after it. A connection for each call costs a round trip and rules that out.
            limits=httpx.Limits(max_connections=settings.max_concurrent, max_keepalive_connections=0),
        )

    async def call(self, target: Target, attempt: Attempt) -> Document:
        """Post the request, or get what is known of a key. Raises OutsideError."""
        try:
            response = await self._client.send(self._request(target, attempt), stream=True)
            try:
                body = await self._body(response)
            finally:
                await response.aclose()
        except (httpx.TransportError, httpx.InvalidURL) as error:
            told = f"{target.endpoint.host}: {str(error) or type(error).__name__}"
            if attempt.sent:
                raise OutcomeUnknown("broken-off", f"The call broke off. {told}.") from error
            raise NotSent("unreachable", f"The provider cannot be reached. {told}.") from error
        return _document(response, body)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def _request(self, target: Target, attempt: Attempt) -> httpx.Request:
        endpoint, operation, key = target.endpoint, attempt.operation, attempt.key
        named = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
        headers = {**self._fixed, "host": f"{named}:{endpoint.port}", "idempotency-key": key}
        if attempt.traceparent:
            headers["traceparent"] = attempt.traceparent
        asks = operation.is_query
        path = f"{operation.route}/{quote(key, safe='')}" if asks else operation.route
        return self._client.build_request(
            "GET" if asks else "POST",
            f"{self._scheme}://{target.bracketed}:{endpoint.port}{path}",
            headers=headers if asks else {**headers, "content-type": "application/json"},
            content=None if asks else msgspec.json.encode(attempt.request),
            extensions={"sni_hostname": endpoint.host, "trace": _watching(attempt)},
        )

    async def _body(self, response: httpx.Response) -> bytes:
        read = bytearray()
        async for chunk in response.aiter_raw():
            read += chunk
            if len(read) > self._limit:
                raise OutcomeUnknown("too-large", f"The answer is longer than {self._limit} bytes.")
        return bytes(read)


def _watching(attempt: Attempt) -> Callable[[str, Any], Awaitable[None]]:
    async def watch(event: str, _: Any) -> None:
        attempt.sent = attempt.sent or event == LEAVING

    return watch


def trust(settings: PortSettings) -> ssl.SSLContext:
    """Whose certificates are believed. Raises OSError where the file cannot be used."""
    return ssl.create_default_context(cafile=settings.ca_file)


def _document(response: httpx.Response, body: bytes) -> Document:
    status = response.status_code
    if status in (HTTPStatus.OK, HTTPStatus.CREATED):
        return _object(body)
    media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    problem = _object(body) if media == PROBLEM else {}
    code = problem.get("code")
    detail = str(problem.get("detail") or f"The provider answered {status}.")[:LONGEST_DETAIL]
    if not isinstance(code, str) or not status >= HTTPStatus.BAD_REQUEST:
        raise OutcomeUnknown(f"status-{status}", detail)
    if status in NOT_LET_IN or (status in MAY_PASS and problem.get("processed") is False):
        raise TryAgain(code[:LONGEST_DETAIL], detail)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in MAY_PASS:
        raise Declined(code[:LONGEST_DETAIL], detail)
    raise OutcomeUnknown(f"status-{status}", detail)


def _object(body: bytes) -> Mapping[str, object]:
    try:
        return msgspec.json.decode(body, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise OutcomeUnknown("garbage", f"The provider's answer is no JSON object: {error}.") from error
