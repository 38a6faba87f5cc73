"""A region's server holds its stores' streams and head office copies them: the shipped configurations, over TLS."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nats
import pytest

from appliance.cli.root import run
from appliance.hq.connection import JetStream, Server, connected
from appliance.hq.consumer import Consumer
from appliance.hq.folder import Folder, open_folder
from appliance.hq.reporting import ReportingStore, Standing
from appliance.hq.resources import Life
from appliance.sync import subjects
from tests.support.certificates import Certificates, certificates
from tests.support.every_event import EVERY
from tests.support.natsd import NatsServer, free_port
from tests.support.polling import settled
from tests.support.upstream import Lifeline, sales

SHIPPED = Path(__file__).parents[2] / "packaging/nats"
STORE = "store-a"
MIRROR_SECONDS = 50  # a copy that lost its origin looks for it again only every ten seconds or so


class Level:
    """A server with the shipped configuration, its folder, and who we are there."""

    def __init__(self, folder: Path, name: str, tls: Certificates, **replaced: str) -> None:
        self.path = folder / name
        self.tls = tls
        self.natsd = NatsServer(self.path)
        self._replaced = replaced
        self.file = {"hq": "hq.conf", "north": "region.conf"}[name]

    @property
    def folder(self) -> Folder:
        return open_folder(self.path / "hq")

    @property
    def server(self) -> Server:
        return Server(f"tls://127.0.0.1:{self.natsd.port}", self.path / "hq/hq.seed", self.tls.ca)

    def provision(self, *arguments: str) -> int:
        at = ["--folder", str(self.path / "hq"), "--server", self.server.url, "--ca", str(self.tls.ca)]
        return run(["hq", "provision", *at, *arguments])

    def configure(self) -> None:
        """The shipped file with addresses and paths of this test."""
        text = (SHIPPED / self.file).read_text()
        for old, new in {
            "0.0.0.0:4222": f"127.0.0.1:{self.natsd.port}",
            "127.0.0.1:8222": f"127.0.0.1:{free_port()}",
            "/etc/nats/server.crt": str(self.tls.certificate),
            "/etc/nats/server.key": str(self.tls.key),
            "/etc/nats/ca.crt": str(self.tls.ca),
            "/var/lib/nats": str(self.natsd.store),
            **self._replaced,
        }.items():
            assert old in text or old == "/etc/nats/ca.crt" or not text
            text = text.replace(old, new)
        self.natsd.whole = text


@contextmanager
def two_levels(folder: Path) -> Iterator[tuple[Level, Level]]:
    """Head office above the region north, as an operator would set them up."""
    tls, leaf = certificates(folder / "tls"), free_port()
    above = Level(folder, "hq", tls, **{"0.0.0.0:7422": f"127.0.0.1:{leaf}"})
    below = Level(folder, "north", tls, **{"hq.example.com:7422": f"127.0.0.1:{leaf}"})
    assert above.provision(STORE, "--region", "north", "--files-only") == 0
    assert below.provision(STORE, "--above", "hq", "--files-only") == 0
    (below.path / "north.leaf").write_bytes((above.path / "hq/regions/north.leaf").read_bytes())
    above.configure()
    below.configure()
    with above.natsd, below.natsd:
        assert above.provision() == 0
        assert below.provision() == 0
        yield above, below


@pytest.fixture
def levels(tmp_path: Path) -> Iterator[tuple[Level, Level]]:
    with two_levels(tmp_path) as found:
        yield found


async def has(js: JetStream, stream: str, last: int) -> None:
    async def there() -> bool:
        info = await js.find(f"STREAM.INFO.{stream}")
        return info is not None and info["state"]["last_seq"] >= last

    await settled(there, MIRROR_SECONDS)


def test_events_go_up_in_their_places_and_commands_come_down(levels: tuple[Level, Level], tmp_path: Path) -> None:
    asyncio.run(_up_and_down(*levels, tmp_path))

    assert levels[0].provision("--check") == 0
    assert levels[1].provision("--check") == 0


async def _up_and_down(above: Level, below: Level, folder: Path) -> None:
    line = Lifeline(Life(STORE))
    line.record(*EVERY.values(), *sales(50))
    async with connected(above.server) as hq, connected(below.server) as north:
        await line.publish(north)
        await has(hq, line.life.stream, line.position)
        reporting = ReportingStore(folder / "reporting.db")
        await Consumer(hq, reporting).catch_up()
        assert reporting.standing(line.life) == Standing(line.position, line.digest)
        assert reporting.alarms(STORE) == []
        reporting.close()

        await hq.client.request(subjects.command_subject(STORE, "register.close"), b"{}")
        await has(north, "HQ_COMMANDS", 1)
        store = Server(below.server.url, below.folder.seed(STORE), below.tls.ca)
        await _fetch_as_the_store(store)


async def _fetch_as_the_store(server: Server) -> None:
    options = {**server.options(), "inbox_prefix": subjects.inbox_prefix(STORE)}
    client = await nats.connect(server.url, **options)
    commands = await client.jetstream().pull_subscribe_bind(consumer=STORE, stream="HQ_COMMANDS")
    [command] = await commands.fetch(1, timeout=30)
    assert command.subject == subjects.command_subject(STORE, "register.close")
    await command.ack_sync(timeout=30)
    await client.close()


@pytest.mark.slow
def test_a_region_takes_events_while_head_office_is_away(levels: tuple[Level, Level]) -> None:
    above, below = levels
    line = Lifeline(Life(STORE))
    line.record(*sales(20))
    above.natsd.kill()
    asyncio.run(_publish(below, line))
    above.natsd.start()

    asyncio.run(_arrives(above, line))


async def _publish(below: Level, line: Lifeline) -> None:
    async with connected(below.server) as north:
        await line.publish(north)


async def _arrives(above: Level, line: Lifeline) -> None:
    async with connected(above.server) as hq:
        await has(hq, line.life.stream, line.position)


def test_a_server_that_an_unknown_authority_signed_for_is_not_trusted(
    levels: tuple[Level, Level], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    above, _ = levels
    above.tls = certificates(tmp_path / "other")

    assert above.provision("--check") == 1
    assert "certificate cannot be trusted" in capsys.readouterr().err
