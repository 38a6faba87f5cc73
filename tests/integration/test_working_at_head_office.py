"""Head office at work beside a real store: it sends from files, watches, compares, and opens what was sealed for it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.api.app import create_app
from appliance.api.services import Services
from appliance.application.commands import EraseCustomer, RegisterCustomer
from appliance.cli.root import run
from appliance.hq.comparison import compare
from appliance.hq.connection import connected
from appliance.hq.store_side import HttpStore
from appliance.supervisor import local
from tests.support import documented
from tests.support.commanding import do, recorded, said, sale, stocked
from tests.support.head_office import HeadOffice, head_office
from tests.support.levels import kept_levels
from tests.support.polling import settled
from tests.support.source_tree import REPOSITORY
from tests.support.syncing import STORE, drained, publishing, until

RECALL = {"type": "product.recall", "data": {"recall_id": "r-1", "product_id": "tea", "reason": "glass"}}
PRICES = "product_id,price,barcodes\ntea,3.10,4006381333931 96385074\njam,2.00,\n"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path, STORE, "store-2") as found:
        yield found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
async def store(office: HeadOffice, data: Path) -> AsyncIterator[Services]:
    assert await hq(office, "keys", "make", server=False) == 0
    keys = office.folder.path / "keys-public.pem"
    async with publishing(data, office.natsd.url, office.folder.seed(STORE), keys_for=keys) as services:
        yield await stocked(services)


async def hq(office: HeadOffice, *arguments: str, server: bool = True) -> int:
    """A command of head office, in a thread of its own as in a process."""
    where = ["--folder", str(office.folder.path), *(["--server", office.natsd.url] if server else [])]
    return await asyncio.to_thread(run, ["hq", *arguments, *where])


def file(folder: Path, content: Any) -> str:
    path = folder / "input"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


async def test_a_command_from_a_file_is_carried_out_once_however_often_it_is_sent(
    office: HeadOffice, store: Services, data: Path, tmp_path: Path
) -> None:
    given = file(tmp_path, {"command_id": "c-1", **RECALL})

    assert [await hq(office, "send", "command", STORE, given) for _ in range(2)] == [0, 0]

    [applied] = await recorded(data, "hq.command_applied", 1)
    assert (applied["command_id"], applied["type"]) == ("c-1", "product.recall")
    assert len(said(data, "product.recalled")) == 1


async def test_policies_and_a_price_list_from_files_come_into_force(
    office: HeadOffice, store: Services, data: Path, tmp_path: Path
) -> None:
    assert await hq(office, "send", "settings", file(tmp_path, {"store.day_roll_hour": 4}), "--all") == 0
    prices = ["--version", "w48", "--valid-from", "2026-11-01T00:00:00Z", "--store", STORE]
    assert await hq(office, "send", "prices", file(tmp_path, PRICES), *prices) == 0

    [changed] = await recorded(data, "settings.changed", 1)
    assert (changed["scope"], changed["key"], changed["value"]) == ("common", "store.day_roll_hour", 4)
    [active] = await recorded(data, "pricelist.activated", 1)
    assert (active["version"], active["products"]) == ("w48", 2)


PAGE = "docs/how-to/settings-for-all-stores.md"


async def test_the_page_on_settings_for_all_stores_can_be_followed(
    office: HeadOffice, store: Services, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = written(tmp_path, PAGE)
    commands = [line.split()[1:] for line in documented.run(PAGE).splitlines() if line]
    sent = [command for command in commands if command[0] == "hq"]

    wanted = given["busy.json"]["limits.device_per_second"]
    with kept_levels():
        for command in sent[:2]:
            assert await hq(office, *command[1:]) == 0
        await until(lambda: store.settings.now().limits.device_per_second == wanted)
        await until(lambda: store.settings.now().orders.collect_days == 10)
        assert await hq(office, *sent[2][1:]) == 0
        await until(lambda: store.settings.now().orders.collect_days == 7)
    assert len(await recorded(data, "settings.changed", 6)) == 6
    assert [command for command in commands if command[0] != "hq"] == [["config", "show"]]
    assert await asyncio.to_thread(run, ["--data", str(tmp_path / "none"), "config", "show"]) == 0


def written(folder: Path, page: str) -> dict[str, Any]:
    """The files that a page has one write."""
    found = re.findall(r"^```json (\S+)\n(.*?)^```$", (REPOSITORY / page).read_text(), re.MULTILINE | re.DOTALL)
    for name, content in found:
        (folder / name).write_text(content)
    return {name: json.loads(content) for name, content in found}


SETTINGS, COMMAND = ("send", "settings", "--all"), ("send", "command", STORE)
LIST = ("send", "prices", "--version", "v1", "--valid-from", "2026-11-01T00:00:00Z", "--all")
UNUSABLE: dict[str, tuple[Sequence[str], Any, str]] = {
    "no JSON": (COMMAND, "{", "no JSON"),
    "no type": (COMMAND, {"data": {}}, "/type"),
    "an unknown command": (COMMAND, {"type": "store.reboot", "data": {}}, "There is no command"),
    "a command's data": (COMMAND, {"type": "product.recall", "data": {"product_id": 7}}, "/recall_id"),
    "for another store": (COMMAND, {**RECALL, "store": "store-2"}, "is for store-2"),
    "a store that is none": (("send", "command", "store-9"), RECALL, "does not know this store"),
    "what is no policy": (SETTINGS, {"http.host": "0.0.0.0"}, "is no policy"),  # noqa: S104  refused
    "a policy of the wrong type": (SETTINGS, {"store.day_roll_hour": "four"}, "whole number"),
    "no policies": (SETTINGS, [], "JSON object"),
    "a negative price": (LIST, "product_id,price\ntea,-1\n", "/price"),
    "a product twice": (LIST, "product_id,price\ntea,1\njam,2\ntea,3\n", "Line 4: tea stands in line 2"),
    "a barcode twice": (LIST, "product_id,price,barcodes\ntea,1,96385074\njam,2,96385074\n", "Line 3: 96385074"),
    "other columns": (LIST, "sku;price\n", "names the columns"),
    "no time": ((*LIST[:5], "soon", "--all"), PRICES, "/valid_from"),
    "no address": (LIST[:-1], PRICES, "--store, or say --all"),
}


@pytest.mark.parametrize(("arguments", "content", "why"), UNUSABLE.values(), ids=UNUSABLE.keys())
async def test_what_cannot_be_used_is_refused_before_anything_is_sent(
    office: HeadOffice,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: Sequence[str],
    content: Any,
    why: str,
) -> None:
    verb = 3 if arguments[1] == "command" else 2
    given = [*arguments[:verb], file(tmp_path, content), *arguments[verb:]]

    assert await hq(office, *given) == 1

    err = capsys.readouterr().err
    assert why in err
    assert err.count("\n") == 1
    async with connected(office.server) as js:
        for stream in ("HQ_COMMANDS", "KV_SETTINGS", "KV_CATALOGUE"):
            assert (await js.ask(f"STREAM.INFO.{stream}"))["state"]["messages"] == 0


async def test_watching_shows_where_stores_stand_and_what_is_wrong(
    office: HeadOffice, store: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    await do(store, sale())
    await drained(store)
    async with connected(office.server) as js:
        await js.ask("STREAM.DELETE.STORE_store-2_1")
    capsys.readouterr()

    assert await hq(office, "watch", "--once", "--json") == 1

    mine, other = json.loads(capsys.readouterr().out)["stores"]
    head = store.writer.head.position
    assert (mine["store"], mine["online"], mine["position"], mine["lag"]) == (STORE, True, head, 0)
    assert mine["last_sale"] is not None
    assert mine["alarms"] == []
    assert (other["online"], other["position"], other["lag"]) == (False, None, None)
    assert "no stream" in other["alarms"][0]


async def test_a_store_is_proven_equal_from_its_files_and_over_http(
    office: HeadOffice, store: Services, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        await do(store, sale())
    await drained(store)
    capsys.readouterr()

    assert await hq(office, "compare", STORE, "--data", str(data), "--complete", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    async with (
        connected(office.server) as js,
        httpx.AsyncClient(transport=httpx.ASGITransport(local(create_app(store))), base_url="http://store") as client,
    ):
        found = await compare(js, STORE, HttpStore(client))

    assert (told["equal"], told["behind"], told["deleted"], told["days_checked"]) == (True, 0, 0, True)
    assert (found.problems, found.until, found.digest.hex()) == ([], told["position"], told["hash"])
    assert found.own_days == found.days
    assert [day["sales"] for day in told["days"]] == [3]


async def test_sealed_data_is_opened_with_the_key_of_head_office_until_it_is_erased(
    office: HeadOffice, store: Services, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed = await asyncio.to_thread(store.vault.seal, "c-1", {"name": "Ada Lovelace"})
    await do(store, RegisterCustomer(customer_id="c-1", personal=sealed))
    [registered] = await recorded(data, "customer.registered", 1)
    given = file(tmp_path, registered)

    async def opened() -> list[Any]:
        capsys.readouterr()
        assert await hq(office, "keys", "open", STORE, given, "--json") == 0
        answer: list[Any] = json.loads(capsys.readouterr().out)["opened"]
        return answer

    async def readable() -> bool:
        return await opened() == [{"subject": "c-1", "fields": {"name": "Ada Lovelace"}}]

    async def erased() -> bool:
        return await opened() == [{"subject": "c-1", "fields": None}]

    await settled(readable)
    await do(store, EraseCustomer(customer_id="c-1"))  # as the API does it: the fact, then the key
    await asyncio.to_thread(store.vault.destroy, ("c-1",))
    await settled(erased)


async def test_a_key_of_head_office_is_never_replaced(office: HeadOffice, capsys: pytest.CaptureFixture[str]) -> None:
    assert await hq(office, "keys", "make", server=False) == 0
    first = (office.folder.path / "keys-private.pem").read_bytes()

    assert await hq(office, "keys", "make", server=False) == 1
    assert (office.folder.path / "keys-private.pem").read_bytes() == first
    assert "never replaced" in capsys.readouterr().err
