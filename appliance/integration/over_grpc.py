"""The protocol over gRPC. Only loaded where a port asks for it, since grpcio is an extra.

A channel is waited for before a call is sent on it: so a provider that is not there is told from one that went away
with the call. gRPC's own retries, proxies and look-ups are switched off; the store decides what is repeated.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping

import grpc
import grpc.aio

from appliance.application.outside import Declined, NotSent, OutcomeUnknown, OutsideError, TryAgain
from appliance.integration.hosts import Target
from appliance.integration.line import Attempt
from appliance.integration.protos.documents import answer_class, parsed, request_class
from appliance.integration.settings import PortSettings
from appliance.integration.wire import Document

CONNECT_SECONDS = 3.0  # of the call's time, so that another instance can be tried
WHY_SECONDS = 1.0  # for finding out why there is no connection
CODE = "backroom-code"
PROCESSED = "backroom-processed"
KEY = "idempotency-key"
LONGEST_DETAIL = 300

REFUSED = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.OUT_OF_RANGE,
    }
)
MAY_PASS = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED})
NOT_LET_IN = frozenset({grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED})


class GrpcTransport:
    """One provider's gRPC interface, over one channel an instance."""

    def __init__(self, settings: PortSettings, token: str = "") -> None:
        self._timeout_s = settings.timeout_s
        self._limit = settings.max_answer_bytes
        self._fixed = (("authorization", f"Bearer {token}"),) if token else ()
        roots = settings.ca_file.read_bytes() if settings.ca_file else None
        self._credentials = grpc.ssl_channel_credentials(roots) if settings.tls else None
        self._trust = ssl.create_default_context(cafile=settings.ca_file) if settings.tls else None
        self._channels: dict[Target, grpc.aio.Channel] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def call(self, target: Target, attempt: Attempt) -> Document:
        """Make the call on a channel that is ready. Raises OutsideError."""
        channel, operation = await self._ready(target), attempt.operation
        send = channel.unary_unary(operation.rpc_path)  # bytes both ways
        message = request_class(operation)(**attempt.request).SerializeToString()
        attempt.sent = True
        try:
            traced = (("traceparent", attempt.traceparent),) if attempt.traceparent else ()
            given = ((KEY, attempt.key), *traced, *self._fixed)
            raw = await send(message, metadata=given, timeout=self._timeout_s)
        except grpc.aio.AioRpcError as error:
            raise _meant(error) from error
        return parsed(answer_class(operation), raw)

    async def close(self) -> None:
        """Close all channels."""
        for target in list(self._channels):
            self._drop(target)
        await asyncio.gather(*self._closing)

    async def _ready(self, target: Target) -> grpc.aio.Channel:
        channel = self._channels.get(target)
        if channel is None:
            channel = self._channels[target] = self._opened(target)
        try:
            async with asyncio.timeout(min(CONNECT_SECONDS, self._timeout_s / 2)):
                connected = await _connected(channel)
        except TimeoutError:
            connected = False
        if not connected:
            self._drop(target)
            raise NotSent("unreachable", f"The provider cannot be reached. {await self._why_not(target)}")
        return channel

    async def _why_not(self, target: Target) -> str:
        """The channel does not say why it failed; a handshake of our own does, where it is about the certificate."""
        host = target.endpoint.host
        if self._trust is None:
            return f"{host}: no connection."
        try:
            async with asyncio.timeout(WHY_SECONDS):
                _, writer = await asyncio.open_connection(
                    target.ip, target.endpoint.port, ssl=self._trust, server_hostname=host
                )
            writer.close()
        except ssl.SSLCertVerificationError as error:
            return f"{host}: its certificate is not believed: {error.verify_message}."
        except (OSError, TimeoutError) as error:
            return f"{host}: {str(error) or 'no connection'}."
        return f"{host}: it speaks TLS, but no gRPC."

    def _opened(self, target: Target) -> grpc.aio.Channel:
        endpoint = target.endpoint
        address = f"{'ipv6' if ':' in target.ip else 'ipv4'}:{target.bracketed}:{endpoint.port}"
        options = [
            ("grpc.max_receive_message_length", self._limit),
            ("grpc.enable_retries", 0),
            ("grpc.enable_http_proxy", 0),
            ("grpc.service_config_disable_resolution", 1),
            ("grpc.use_local_subchannel_pool", 1),  # or a new channel would inherit an old one's waiting time
            ("grpc.default_authority", f"{endpoint.host}:{endpoint.port}"),
        ]
        if self._credentials is None:
            return grpc.aio.insecure_channel(address, options=options)
        options.append(("grpc.ssl_target_name_override", endpoint.host))
        return grpc.aio.secure_channel(address, self._credentials, options=options)

    def _drop(self, target: Target) -> None:
        """Take no more calls on this channel; those that run may finish."""
        channel = self._channels.pop(target, None)
        if channel is not None:
            task = asyncio.create_task(channel.close(self._timeout_s))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)


async def _connected(channel: grpc.aio.Channel) -> bool:
    """Whether the channel came to be ready, rather than failing; another call may close it meanwhile."""
    state = channel.get_state(try_to_connect=True)
    while state is not grpc.ChannelConnectivity.READY:
        if state in (grpc.ChannelConnectivity.TRANSIENT_FAILURE, grpc.ChannelConnectivity.SHUTDOWN):
            return False
        try:
            await channel.wait_for_state_change(state)
            state = channel.get_state(try_to_connect=True)
        except grpc.aio.UsageError:
            return False
    return True


def _meant(error: grpc.aio.AioRpcError) -> OutsideError:
    """What a status means. Only a provider that names a code of ours is believed that nothing was done."""
    status, told = error.code(), _trailers(error)
    detail = (error.details() or f"The provider ended with {status.name}.")[:LONGEST_DETAIL]
    code = told.get(CODE, "")[:LONGEST_DETAIL]
    if code and (status in NOT_LET_IN or (status in MAY_PASS and told.get(PROCESSED) == "false")):
        return TryAgain(code, detail)
    if code and status in REFUSED:
        return Declined(code, detail)
    return OutcomeUnknown(f"status-{status.name.lower().replace('_', '-')}", detail)


def _trailers(error: grpc.aio.AioRpcError) -> Mapping[str, str]:
    return {str(name): str(value) for name, value in error.trailing_metadata() or ()}
