"""What a store may do at head office, and what it may not: each tried with a store's own credentials, on a real server.

A refusal is only an error on the connection, so each try also looks that nothing was answered or delivered. That what
a store needs does work is tried by the same means, so that a refusal says something.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
import nats.micro
import pytest
from nats.aio.client import Client
from nats.micro.request import Request

from appliance.hq.connection import Server, connected
from appliance.sync import subjects
from appliance.sync.credentials import read_credentials
from tests.support.head_office import HeadOffice, head_office
from tests.support.natsd import NatsServer

ME, OTHER = "store-a", "store-b"
ANSWER_SECONDS = 30.0

# What it would be -> the subject it would be sent to.
NEVER_SENT: Mapping[str, str] = {
    "record an event of another store": f"stores.{OTHER}.events.sale.completed",
    "add to a former life of its own": f"stores.{ME}.retired.1.sale.completed",
    "add to a former life of another store": f"stores.{OTHER}.retired.1.sale.completed",
    "command another store": f"stores.{OTHER}.commands.register.close",
    "command itself": f"stores.{ME}.commands.register.close",
    "set a price for all stores": "$KV.CATALOGUE.common.pricelist.1",
    "set its own price list": f"$KV.CATALOGUE.{ME}.pricelist.1",
    "set a policy for all stores": "$KV.SETTINGS.common.policy",
    "set its own policy": f"$KV.SETTINGS.{ME}.policy",
    "take another store's claim": f"$KV.CLAIMS.{OTHER}",
    "replace another store's wrapped key": f"$KV.KEYS.{OTHER}.c-1",
    "read another store's claim": f"$JS.API.DIRECT.GET.KV_CLAIMS.$KV.CLAIMS.{OTHER}",
    "read another store's wrapped keys": f"$JS.API.DIRECT.GET.KV_KEYS.$KV.KEYS.{OTHER}.>",
    "read all wrapped keys": "$JS.API.DIRECT.GET.KV_KEYS",
    "read another store's settings": f"$JS.API.DIRECT.GET.KV_SETTINGS.$KV.SETTINGS.{OTHER}.>",
    "read another store's events": f"$JS.API.DIRECT.GET.STORE_{OTHER}_1",
    "read any message of the commands": "$JS.API.STREAM.MSG.GET.HQ_COMMANDS",
    "look at another store's stream": f"$JS.API.STREAM.INFO.STORE_{OTHER}_1",
    "look at the keys' stream, which names all customers": "$JS.API.STREAM.INFO.KV_KEYS",
    "list all streams": "$JS.API.STREAM.NAMES",
    "look at the account": "$JS.API.INFO",
    "make a stream": "$JS.API.STREAM.CREATE.MINE",
    "change its own stream": f"$JS.API.STREAM.UPDATE.STORE_{ME}_1",
    "delete its own stream": f"$JS.API.STREAM.DELETE.STORE_{ME}_1",
    "purge its own stream": f"$JS.API.STREAM.PURGE.STORE_{ME}_1",
    "delete an event of its own": f"$JS.API.STREAM.MSG.DELETE.STORE_{ME}_1",
    "copy a whole stream away": f"$JS.API.STREAM.SNAPSHOT.STORE_{ME}_1",
    "put a stream back as it was": f"$JS.API.STREAM.RESTORE.STORE_{ME}_1",
    "make a consumer on its own stream": f"$JS.API.CONSUMER.CREATE.STORE_{ME}_1.spy",
    "make a consumer on the commands of all": "$JS.API.CONSUMER.CREATE.HQ_COMMANDS.spy.stores.>",
    "make a durable consumer on another's stream": f"$JS.API.CONSUMER.DURABLE.CREATE.STORE_{OTHER}_1.spy",
    "delete its own consumer": f"$JS.API.CONSUMER.DELETE.HQ_COMMANDS.{ME}",
    "pause another store's consumer": f"$JS.API.CONSUMER.PAUSE.HQ_COMMANDS.{OTHER}",
    "look at another store's consumer": f"$JS.API.CONSUMER.INFO.HQ_COMMANDS.{OTHER}",
    "fetch another store's commands": f"$JS.API.CONSUMER.MSG.NEXT.HQ_COMMANDS.{OTHER}",
    "reset another store's consumer": f"$JS.API.CONSUMER.RESET.HQ_COMMANDS.{OTHER}",
    "acknowledge another store's command": f"$JS.ACK.HQ_COMMANDS.{OTHER}.1.1.1.1.1",
    "ask another store how it is": f"diag.{OTHER}.health",
    "ask all stores who they are": "$SRV.PING",
    "look for another service than its providers": "$SRV.INFO.appliance",
    "look for all services": "$SRV.INFO",
    "answer in another store's inbox": f"_INBOX_{OTHER}.x",
    "answer in head office's inbox": "_INBOX.x",
    "ask the server about itself": "$SYS.REQ.SERVER.PING",
    "make the cluster's leader step down": "$JS.API.META.LEADER.STEPDOWN",
}
NEVER_HEARD: Mapping[str, str] = {
    "everything": ">",
    "all stores' events": "stores.>",
    "another store's events": f"stores.{OTHER}.events.>",
    "commands past its consumer": f"stores.{ME}.commands.>",
    "head office's inboxes": "_INBOX.>",
    "another store's inbox": f"_INBOX_{OTHER}.>",
    "all settings as they change": "$KV.>",
    "the API of JetStream": "$JS.>",
    "all of the services API": "$SRV.>",
    "another store's diagnostics": f"diag.{OTHER}.>",
    "the system's events": "$SYS.>",
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeadOffice]:
    with head_office(tmp_path_factory.mktemp("hq"), ME, OTHER) as found:
        yield found


class Box:
    """A store's connection, and what the server said it may not do."""

    def __init__(self) -> None:
        self.refused: list[str] = []
        self.client = Client()

    async def note(self, error: Exception) -> None:
        self.refused.append(str(error).lower())

    async def settle(self) -> None:
        """Until the server has said what it has to say: the library's first ping may overtake what is still to go."""
        for _ in range(2):
            await self.client.flush(int(ANSWER_SECONDS))

    async def may_send(self, subject: str) -> bool:
        """Whether it gets through; nothing is answered where it does not."""
        inbox = self.client.new_inbox()
        answers = await self.client.subscribe(inbox)
        await self.client.publish(subject, b"{}", reply=inbox)
        await self.settle()
        refused = any("publish" in each and f'"{subject.lower()}"' in each for each in self.refused)
        assert not (refused and answers.pending_msgs)
        return not refused

    async def may_hear(self, subject: str) -> bool:
        await self.client.subscribe(subject)
        await self.settle()
        return not any("subscription" in each and f'"{subject.lower()}"' in each for each in self.refused)


@asynccontextmanager
async def box(server: Server, store: str = ME, **more: Any) -> AsyncIterator[Box]:
    assert server.credentials is not None
    found = Box()
    who = read_credentials(server.credentials)
    inbox = subjects.inbox_prefix(store)
    await found.client.connect(server.url, inbox_prefix=inbox, error_cb=found.note, **who, **more)
    try:
        yield found
    finally:
        await found.client.close()


def test_there_are_more_than_thirty_of_them() -> None:
    assert len(NEVER_SENT) + len(NEVER_HEARD) >= 30


@pytest.mark.parametrize("subject", NEVER_SENT.values(), ids=NEVER_SENT.keys())
async def test_a_store_cannot(office: HeadOffice, subject: str) -> None:
    async with box(office.store(ME)) as mine:
        assert not await mine.may_send(subject)


@pytest.mark.parametrize("subject", NEVER_HEARD.values(), ids=NEVER_HEARD.keys())
async def test_a_store_cannot_listen_to(office: HeadOffice, subject: str) -> None:
    async with box(office.store(ME)) as mine:
        assert not await mine.may_hear(subject)


async def test_after_all_of_it_head_office_is_as_it_was_provisioned(office: HeadOffice) -> None:
    async with connected(office.server) as js:
        found = await office.provision_on(js, office.folder.life(ME), office.folder.life(OTHER), fix=False)
        names = (await js.ask("STREAM.NAMES"))["streams"]

    assert found.drift == []
    assert sorted(names) == sorted(
        [f"STORE_{ME}_1", f"STORE_{OTHER}_1", "HQ_COMMANDS"]
        + [f"KV_{bucket}" for bucket in ("CATALOGUE", "CLAIMS", "KEYS", "SETTINGS")]
    )


async def test_one_who_may_everything_is_seen_to_get_through(office: HeadOffice) -> None:
    """The planted fault: with head office's own rights the same tries do not count as refused."""
    async with box(office.server) as all_powerful:
        assert await all_powerful.may_send(f"diag.{OTHER}.health")
        assert await all_powerful.may_hear("stores.>")


async def test_a_store_can_do_all_it_needs(office: HeadOffice) -> None:
    async with box(office.store(ME)) as mine, connected(office.server) as js:
        await js.client.request(subjects.command_subject(ME, "register.close"), b"{}")
        await js.client.request(subjects.bucket_subject("SETTINGS", "common.policy"), b"{}")

        async def ask(subject: str, body: bytes = b"", **headers: str) -> Any:
            return await mine.client.request(subject, body, timeout=ANSWER_SECONDS, headers=headers or None)

        sent = await ask(f"stores.{ME}.events.sale.completed", b"{}", **{"Nats-Expected-Last-Sequence": "0"})
        assert json.loads(sent.data)["seq"] == 1
        assert json.loads((await ask(f"$JS.API.STREAM.INFO.STORE_{ME}_1")).data)["state"]["last_seq"] == 1
        assert (await ask(f"$JS.API.DIRECT.GET.STORE_{ME}_1", b'{"seq":1}')).data == b"{}"
        assert json.loads((await ask(f"$KV.CLAIMS.{ME}", b"me")).data)["stream"] == "KV_CLAIMS"
        assert (await ask(f"$JS.API.DIRECT.GET.KV_CLAIMS.$KV.CLAIMS.{ME}")).data == b"me"
        assert json.loads((await ask(f"$KV.KEYS.{ME}.c-1", b"wrapped")).data)["stream"] == "KV_KEYS"
        assert (await ask("$JS.API.DIRECT.GET.KV_SETTINGS.$KV.SETTINGS.common.>")).data == b"{}"
        for stream in ("HQ_COMMANDS", "KV_SETTINGS", "KV_CATALOGUE"):
            assert json.loads((await ask(f"$JS.API.CONSUMER.RESET.{stream}.{ME}", b"{}")).data).get("error") is None
        commands = await mine.client.jetstream().pull_subscribe_bind(consumer=ME, stream="HQ_COMMANDS")
        [command] = await commands.fetch(1, timeout=ANSWER_SECONDS)
        assert command.subject == subjects.command_subject(ME, "register.close")
        await command.ack_sync(timeout=int(ANSWER_SECONDS))
        assert mine.refused == []


async def test_a_store_answers_diagnostics(office: HeadOffice) -> None:
    async with box(office.store(ME)) as mine, connected(office.server) as js:
        service = await nats.micro.add_service(mine.client, name="appliance", version="1.0.0", metadata={"store": ME})

        async def health(request: Request) -> None:
            await request.respond(b"well")

        await service.add_endpoint(name="health", subject=subjects.health_subject(ME), handler=health)
        await mine.settle()

        assert (await js.client.request(subjects.health_subject(ME), b"", timeout=ANSWER_SECONDS)).data == b"well"
        pinged = await js.client.request("$SRV.PING.appliance", b"", timeout=ANSWER_SECONDS)
        assert json.loads(pinged.data)["metadata"]["store"] == ME
        assert mine.refused == []


async def test_nothing_reaches_a_store_from_behind_its_services(office: HeadOffice) -> None:
    """The server admits the subscription, since `a.*` admits `a.>`; what would come by it is what is refused."""
    async with box(office.store(ME)) as mine, connected(office.server) as js:
        heard = await mine.client.subscribe("$SRV.PING.appliance.>")
        await mine.settle()
        await js.client.publish("$SRV.PING.appliance.one.secret", b"secret")
        await js.client.publish("$SRV.PING.appliance.one", b"ping")

        assert (await heard.next_msg(ANSWER_SECONDS)).data == b"ping"
        assert heard.pending_msgs == 0


def test_a_revoked_store_is_cut_off(tmp_path: Path) -> None:
    with head_office(tmp_path, ME, OTHER) as office:
        asyncio.run(_revoke(office))


async def _revoke(office: HeadOffice) -> None:
    async with box(office.store(ME), allow_reconnect=False) as mine:
        office.folder.stores.pop(ME)
        office.folder.save()
        office.natsd.reload()

        await asyncio.wait_for(_closed(mine.client), ANSWER_SECONDS)


async def _closed(client: Client) -> None:
    while client.is_connected:  # noqa: ASYNC110  the client tells nobody
        await asyncio.sleep(0.02)


def test_no_secret_stands_in_what_the_server_reads(office: HeadOffice) -> None:
    told = office.folder.accounts.read_text()

    assert office.folder.seed(ME).read_text().strip() not in told
    assert office.folder.credentials.read_text().strip() not in told


def test_the_server_itself_takes_the_configuration_without_a_warning(office: HeadOffice) -> None:
    said = office.natsd.log.read_text()

    assert "[ERR]" not in said.split("Server is ready")[0]
    assert isinstance(office.natsd, NatsServer)
