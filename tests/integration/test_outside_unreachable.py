"""A line that is down is no attempt, however it is down: an order must not fail because the WAN did."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from appliance.application.outside import NotSent, OutcomeUnknown
from appliance.integration.hosts import Endpoint
from appliance.integration.settings import IntegrationSettings
from appliance.integration.switchboard import Surroundings
from tests.support.outside import connected, ended

SCHEMES = {"rest": ("http", "https"), "grpc": ("grpc", "grpcs")}


@pytest.fixture
async def mute() -> AsyncIterator[int]:
    """The port of somebody who takes connections and never says a word."""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


def payment(adapter: str, scheme: str, host: str, port: int, **more: Any) -> IntegrationSettings:
    settings = {"adapter": adapter, "address": f"{scheme}://{host}:{port}", "timeout_s": 1.0, **more}
    return IntegrationSettings.model_validate({"payment": settings})


async def charged(settings: IntegrationSettings, around: Surroundings | None = None) -> Any:
    async with connected(settings, around) as board:
        return await ended(board.outside.payment.charge("k", "o1", 5, "EUR"))


@pytest.mark.parametrize("adapter", SCHEMES)
async def test_nobody_listens(adapter: str, free_port: int) -> None:
    end = await charged(payment(adapter, SCHEMES[adapter][0], "127.0.0.1", free_port))

    assert (type(end), end.code) == (NotSent, "unreachable")


@pytest.mark.parametrize("adapter", SCHEMES)
async def test_somebody_listens_who_never_agrees_on_tls(adapter: str, mute: int) -> None:
    end = await charged(payment(adapter, SCHEMES[adapter][1], "127.0.0.1", mute))

    assert (type(end), end.code) == (NotSent, "unreachable")


async def test_somebody_takes_the_request_and_never_answers_so_nobody_knows(mute: int) -> None:
    end = await charged(payment("rest", "http", "127.0.0.1", mute))

    assert (type(end), end.code) == (OutcomeUnknown, "timeout")


async def test_somebody_listens_who_does_not_speak_grpc(mute: int) -> None:
    assert isinstance(await charged(payment("grpc", "grpc", "127.0.0.1", mute)), NotSent)


@pytest.mark.parametrize("adapter", SCHEMES)
async def test_a_name_server_that_does_not_answer(adapter: str) -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    settings = payment(adapter, SCHEMES[adapter][1], "pay.example.org", 443)

    assert isinstance(await charged(settings, Surroundings(resolve=never)), NotSent)


async def test_more_dead_instances_than_there_is_time_for(mute: int) -> None:
    class Many:
        async def look_up(self) -> Sequence[Endpoint]:
            return [Endpoint(host, mute) for host in hosts]

    hosts = [f"127.0.0.{last}" for last in range(1, 20)]
    settings = payment("rest", "https", "127.0.0.1", mute, discovery="srv:many", hosts=hosts)

    assert isinstance(await charged(settings, Surroundings(resolvers={"srv": lambda _: Many()})), NotSent)
