"""Connections that owe something for too long are cut, and there are only so many."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from appliance.api.rates import Rate, Rates
from appliance.api.server import MAX_HEAD_BYTES, Caps
from tests.support.polling import settled
from tests.support.raw_clients import HEAD, Served, drip, served, status_of


async def empty(served: Served) -> bool:
    return served.gate.connections == 0


async def full(served: Served, connections: int) -> bool:
    return served.gate.connections >= connections


SHORT = Caps(connections=40, per_address=20, receive_seconds=1.0)


@pytest.fixture
async def gated(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path / "data", SHORT) as found:
        yield found


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (b"", b""),
        (b"\r\n", b"\r\n"),
        (HEAD, b"X-a: b\r\n"),
        (b"GET /health/live HTTP/1.1\r\nHost: x\r\nX: ", b"a"),
        (HEAD + b"Content-Length: 100000\r\n\r\n", b"1"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n1\r\n"),
        (b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n"),
    ],
    ids=["nothing", "empty lines", "headers", "one header", "a body", "chunks", "empty lines after an answer"],
)
async def test_what_trickles_is_cut(gated: Served, begin: bytes, more: bytes) -> None:
    assert await drip(gated.port, "127.0.0.1", begin, more, seconds=30) is not None


async def test_a_slow_header_is_told_why(gated: Served) -> None:
    answer = await gated.say(HEAD)

    assert status_of(answer) == 408
    assert b"request-too-slow" in answer


async def test_a_connection_that_waits_between_whole_requests_is_left_alone(gated: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gated.port)
    for _ in range(2):
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200")
        for _ in range(3):
            gated.gate.clock = lambda: 1e9
            gated.gate.sweep()
    writer.close()


async def test_a_header_beyond_all_bounds_is_refused(gated: Served) -> None:
    answer = await gated.say(HEAD, *[b"X-%d: %s\r\n" % (n, b"a" * 1000) for n in range(2 * MAX_HEAD_BYTES // 1000)])

    assert status_of(answer) in (431, 0)  # it may be cut before it is read
    await settled(lambda: empty(gated))


async def test_one_address_may_hold_so_many_connections_and_others_go_on(gated: Served) -> None:
    held = [await asyncio.open_connection("127.0.0.1", gated.port, local_addr=("127.0.0.2", 0)) for _ in range(20)]

    refused = await gated.say(HEAD, source="127.0.0.2")
    other = await gated.say(b"GET /health/live HTTP/1.0\r\n\r\n", source="127.0.0.3")

    assert (status_of(refused), status_of(other)) == (503, 200)
    assert b"too-many-connections" in refused
    for _, writer in held:
        writer.close()
    await settled(lambda: empty(gated))
    assert gated.gate._by_address == {}


async def test_there_are_so_many_connections_in_all(gated: Served) -> None:
    held = [
        await asyncio.open_connection("127.0.0.1", gated.port, local_addr=(f"127.0.0.{2 + n % 4}", 0))
        for n in range(40)
    ]

    assert status_of(await gated.say(HEAD, source="127.0.0.9")) == 503
    for _, writer in held:
        writer.close()


@pytest.mark.parametrize(
    "junk",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /api/v1/sales HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /api/v1/sales HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    ],
)
async def test_junk_is_refused_without_a_trace(gated: Served, junk: bytes) -> None:
    answer = await gated.say(junk)

    assert status_of(answer) in (400, 401, 404, 408, 0)
    assert b"Traceback" not in answer


@pytest.mark.parametrize(
    "path",
    [
        b"/docs/../../etc/passwd",
        b"/docs/%2e%2e/%2e%2e/etc/passwd",
        b"/schema/..%2f..%2fstore.db",
        b"//etc/passwd",
        b"/docs/..\\..\\keys.db",
        b"/%00",
        b"/api/v1/products/..%2f..%2fkeys.db",
    ],
)
async def test_no_path_leads_to_a_file(gated: Served, path: bytes) -> None:
    answer = await gated.say(b"GET " + path + b" HTTP/1.0\r\nHost: x\r\n\r\n")

    assert status_of(answer) in (400, 401, 404)
    assert b"root:" not in answer
    assert b"SQLite format" not in answer


async def test_what_a_header_says_of_the_address_means_nothing(gated: Served) -> None:
    """Strangers have a limit by address, and choose neither theirs nor a till's."""
    gated.shop.services.rates = Rates(Rate(), lambda: 0.0)
    forwarded = b"X-Forwarded-For: 10.0.0.%d\r\nForwarded: for=10.0.0.%d\r\nX-Real-IP: 10.0.0.%d\r\n"
    heads = [b"GET /api/v1/sales HTTP/1.0\r\n" + forwarded % (n, n, n) + b"\r\n" for n in range(60)]

    answers = [status_of(await gated.say(head)) for head in heads]

    assert answers[:20] == [401] * 20
    assert 429 in answers
    assert status_of(await gated.say(b"GET /health/live HTTP/1.0\r\n\r\n", source="127.0.0.4")) == 200


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_thousand_slow_clients_are_cut_and_a_till_sells_on(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as found:
        token = await found.shop.token("cashier")
        kinds = [(HEAD, b"X-a: b\r\n"), (HEAD + b"Content-Length: 100000\r\n\r\n", b"1"), (b"", b"")]
        slow: list[asyncio.Future[float | None]] = []
        for wave in range(1, 11):  # fewer at once than the kernel's queue of a listener holds, or it makes some wait
            coming = (drip(found.port, f"127.0.1.{wave}", *kinds[n % 3], seconds=40) for n in range(100))
            slow += [asyncio.ensure_future(each) for each in coming]
            await settled(partial(full, found, 90 * wave))
        request = b"GET /api/v1/products HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n" % token.encode()
        sold = [status_of(await found.say(request, source="127.0.0.1")) for _ in range(20)]

        held = await asyncio.gather(*slow)

        assert sold == [200] * 20
        assert [each for each in held if each is None] == []
