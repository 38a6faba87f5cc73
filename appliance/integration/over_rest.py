"""The protocol over HTTP/1.1 and JSON. What each status means stands in docs/reference/integration.md.

No redirect is followed, no proxy of the environment is used, nothing is unpacked, and no more is read than may be.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

import httpx
import msgspec

from appliance.application.outside import Declined, NotSent, OutcomeUnknown, TryAgain
from appliance.integration.hosts import Target
from appliance.integration.operations import Operation
from appliance.integration.settings import PortSettings
from appliance.integration.wire import Document

CONNECT_SECONDS = 3.0  # of the call's time
PROBLEM = "application/problem+json"
MAY_PASS = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
NOT_LET_IN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
LONGEST_DETAIL = 300

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


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

    async def call(self, target: Target, operation: Operation, key: str, request: Document) -> Document:
        """Post the request, or get what is known of a key. Raises OutsideError."""
        sending = self._request(target, operation, key, request)
        try:
            response = await self._client.send(sending, stream=True)
            try:
                body = await self._body(response)
            finally:
                await response.aclose()
        except NEVER_SENT as error:
            raise NotSent("unreachable", f"{target.endpoint.host} cannot be reached: {error}.") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            told = str(error) or type(error).__name__
            raise OutcomeUnknown("broken-off", f"The call to {target.endpoint.host} broke off: {told}.") from error
        return _document(response, body)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def _request(self, target: Target, operation: Operation, key: str, request: Document) -> httpx.Request:
        endpoint = target.endpoint
        named = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
        headers = {**self._fixed, "host": f"{named}:{endpoint.port}", "idempotency-key": key}
        asks = operation.is_query
        path = f"{operation.route}/{quote(key, safe='')}" if asks else operation.route
        return self._client.build_request(
            "GET" if asks else "POST",
            f"{self._scheme}://{target.bracketed}:{endpoint.port}{path}",
            headers=headers if asks else {**headers, "content-type": "application/json"},
            content=None if asks else msgspec.json.encode(request),
            extensions={"sni_hostname": endpoint.host},
        )

    async def _body(self, response: httpx.Response) -> bytes:
        read = bytearray()
        async for chunk in response.aiter_raw():
            read += chunk
            if len(read) > self._limit:
                raise OutcomeUnknown("too-large", f"The answer is longer than {self._limit} bytes.")
        return bytes(read)


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
    except msgspec.DecodeError as error:
        raise OutcomeUnknown("garbage", f"The provider's answer is no JSON object: {error}.") from error
