"""Finding instances: DNS and NATS for real, and what is done while nobody can say."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import nats
import nats.micro
import pytest
from nats.aio.client import Client
from nats.micro.service import Service

from appliance.application.outside import NotSent
from appliance.integration.addresses import REFRESH_SECONDS, Discovered, LookUpFailed
from appliance.integration.breaker import FAILURES_TO_OPEN, Breaker, State
from appliance.integration.hosts import Endpoint
from appliance.integration.settings import IntegrationSettings
from appliance.integration.srv import SrvResolver
from appliance.integration.switchboard import Surroundings
from appliance.sandbox.sandbox import running
from appliance.sync.discovery import NatsResolver
from tests.support.dns_server import NameServer, name_server
from tests.support.natsd import NatsServer
from tests.support.outside import connected
from tests.support.polling import settled

NAME = "_pay._tcp.example.org."
FALLBACK = Endpoint("pay.example.org", 443)
ONE, OTHER = Endpoint("one.example.org", 1), Endpoint("other.example.org", 2)


class Known:
    """A resolver that says what it is told to."""

    def __init__(self, *found: Endpoint) -> None:
        self.found: Sequence[Endpoint] = found
        self.asked = 0

    async def look_up(self) -> Sequence[Endpoint]:
        self.asked += 1
        if not self.found:
            raise LookUpFailed("nobody knows")
        return self.found


class Turns:
    """The pause between look-ups, ended by the test."""

    def __init__(self) -> None:
        self.waiting = asyncio.Event()
        self.go = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        assert seconds == REFRESH_SECONDS
        self.waiting.set()
        await self.go.wait()
        self.go.clear()

    async def next(self) -> None:
        """Let the next look-up happen, and wait until it has."""
        await self.waiting.wait()
        self.waiting.clear()
        self.go.set()
        await self.waiting.wait()


@pytest.fixture
async def dns() -> AsyncIterator[NameServer]:
    async with name_server() as server:
        yield server


def srv(server: NameServer) -> SrvResolver:
    return SrvResolver(NAME, ["127.0.0.1"], server.port)


async def test_srv_records_of_the_best_priority_are_the_instances(dns: NameServer) -> None:
    dns.records[NAME] = [(10, 1, "one.example.org."), (10, 2, "other.example.org."), (20, 3, "spare.example.org.")]

    assert set(await srv(dns).look_up()) == {ONE, OTHER}


@pytest.mark.parametrize("records", [[], [(0, 0, ".")]])
async def test_a_service_that_dns_does_not_have_is_not_found(
    dns: NameServer, records: list[tuple[int, int, str]]
) -> None:
    dns.records[NAME] = records

    with pytest.raises(LookUpFailed):
        await srv(dns).look_up()


async def test_a_name_server_that_says_nothing_or_nonsense_is_no_help(dns: NameServer) -> None:
    dns.silent = True
    found = Discovered(srv(dns), FALLBACK)
    assert await found.choose() == (FALLBACK,)
    await found.close()

    dns.silent, dns.garbage = False, True
    found = Discovered(srv(dns), FALLBACK)
    assert await found.choose() == (FALLBACK,)
    await found.close()


async def test_instances_are_chosen_at_random_and_all_of_them() -> None:
    found = Discovered(Known(ONE, OTHER), FALLBACK, chance=random.Random(1))

    firsts = Counter([(await found.choose())[0] for _ in range(200)])
    await found.close()

    assert set(firsts) == {ONE, OTHER}
    assert min(firsts.values()) > 50


async def test_what_was_found_is_looked_up_again_in_the_background_and_not_by_calls() -> None:
    known, turns = Known(ONE), Turns()
    found = Discovered(known, FALLBACK, pause=turns)
    for _ in range(10):
        assert await found.choose() == [ONE]
    assert known.asked == 1

    known.found = (OTHER,)
    await turns.next()

    assert await found.choose() == [OTHER]
    await found.close()


async def test_a_look_up_that_fails_leaves_what_was_known() -> None:
    known, turns = Known(ONE), Turns()
    found = Discovered(known, FALLBACK, pause=turns)
    await found.choose()

    known.found = ()
    await turns.next()

    assert await found.choose() == [ONE]
    await found.close()


async def test_a_resolver_that_keeps_failing_is_left_alone_for_a_while() -> None:
    known, turns = Known(), Turns()
    breaker = Breaker(clock=lambda: 0.0)
    found = Discovered(known, FALLBACK, breaker=breaker, pause=turns)
    await found.choose()
    for _ in range(10):
        await turns.next()

    assert (known.asked, breaker.state) == (FAILURES_TO_OPEN, State.OPEN)
    assert await found.choose() == (FALLBACK,)
    await found.close()


async def test_an_instance_that_refused_comes_last_until_the_next_look_up() -> None:
    turns = Turns()
    found = Discovered(Known(ONE, OTHER), FALLBACK, pause=turns)
    await found.choose()

    found.refused(ONE)
    assert [await found.choose() for _ in range(20)] == [[OTHER, ONE]] * 20
    await turns.next()

    assert {(await found.choose())[0] for _ in range(100)} == {ONE, OTHER}
    await found.close()


async def test_a_call_goes_to_an_instance_that_dns_names_and_past_one_that_is_gone(
    dns: NameServer, tmp_path: Path, free_port: int
) -> None:
    async with running(tmp_path / "ledger.db") as sandbox:
        alive = int(sandbox.rest("payment").rpartition(":")[2])
        dns.records[NAME] = [(0, free_port, "localhost."), (0, alive, "localhost.")]
        payment = {
            "adapter": "rest",
            "address": "http://127.0.0.1:9",
            "discovery": f"srv:{NAME}",
            "hosts": ("localhost",),
        }
        around = Surroundings(resolvers={"srv": lambda _: srv(dns)})
        async with connected(IntegrationSettings.model_validate({"payment": payment}), around) as board:
            for number in range(10):
                await board.outside.payment.charge(f"k:{number}", "o1", 5, "EUR")

        assert len(sandbox.ledger.calls()) == 10


async def test_a_host_that_discovery_names_and_the_settings_do_not_is_never_called(dns: NameServer) -> None:
    dns.records[NAME] = [(0, 443, "evil.example.com.")]
    payment = {"adapter": "rest", "address": "https://pay.example.org:443", "discovery": f"srv:{NAME}"}
    around = Surroundings(resolvers={"srv": lambda _: srv(dns)})
    async with connected(IntegrationSettings.model_validate({"payment": payment}), around) as board:
        with pytest.raises(NotSent) as refused:
            await board.outside.payment.query("k")

    assert refused.value.code == "host-not-allowed"


async def offered(client: Client, **metadata: str) -> Service:
    return await nats.micro.add_service(client, name="payment", version="1.0.0", metadata=metadata)


async def test_nats_services_that_answer_and_are_well_are_the_instances(tmp_path: Path) -> None:
    with NatsServer(tmp_path / "nats") as server:
        client = await nats.connect(server.url)
        resolver = NatsResolver("payment", lambda: client)
        with pytest.raises(LookUpFailed):
            await resolver.look_up()

        gone = await offered(client, address="one.example.org:1")
        await offered(client, address="other.example.org:2")
        await offered(client, address="ill.example.org:3", status="draining")
        await offered(client, address="nonsense")
        assert set(await resolver.look_up()) == {ONE, OTHER}

        await gone.stop()
        assert list(await resolver.look_up()) == [OTHER]
        await client.close()


async def test_without_nats_the_last_answer_is_used(tmp_path: Path) -> None:
    turns = Turns()
    with NatsServer(tmp_path / "nats") as server:
        client = await nats.connect(server.url, allow_reconnect=False)
        await offered(client, address="one.example.org:1")
        found = Discovered(NatsResolver("payment", lambda: client), FALLBACK, pause=turns)
        assert await found.choose() == [ONE]
        server.kill()

        async def lost() -> bool:
            return not client.is_connected

        await settled(lost)
        await turns.next()
        assert await found.choose() == [ONE]
        await found.close()
