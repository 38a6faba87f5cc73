"""What is wrong with the way to head office is said in a sentence, in /sync and by the doctor, and the store sells."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from appliance.cli.root import run
from appliance.hq.folder import open_folder
from appliance.sync.examining import server
from tests.support.api import Shop, sale, serving, stocked
from tests.support.certificates import certificates
from tests.support.commanding import PriceList, headquarters, received, recorded
from tests.support.head_office import HeadOffice, head_office
from tests.support.natsd import NatsServer, free_port
from tests.support.older import older
from tests.support.polling import settled
from tests.support.syncing import MACHINE, STORE, assert_equal, drained, publishing, sell

TEA = {"product_id": "tea", "price": "1.99"}
JAM = {"product_id": "jam", "price": "0.99"}


Sync = Mapping[str, str]
"""The settings of a way to head office."""


@contextlib.contextmanager
def nobody(folder: Path) -> Iterator[Sync]:
    yield {"url": f"nats://127.0.0.1:{free_port()}"}


@contextlib.contextmanager
def no_such_name(folder: Path) -> Iterator[Sync]:
    yield {"url": "nats://head-office.invalid:4222"}


@contextlib.contextmanager
def stranger(folder: Path) -> Iterator[Sync]:
    """Credentials of another head office."""
    other = open_folder(folder / "other", create=True)
    with head_office(folder / "hq", STORE) as office:
        yield {"url": office.natsd.url, "credentials": str(other.credentials)}


@contextlib.contextmanager
def nonsense(folder: Path) -> Iterator[Sync]:
    with head_office(folder / "hq", STORE) as office:
        (folder / "nonsense").write_text("no secret at all")
        yield {"url": office.natsd.url, "credentials": str(folder / "nonsense")}


@contextlib.contextmanager
def no_file(folder: Path) -> Iterator[Sync]:
    with head_office(folder / "hq", STORE) as office:
        yield {"url": office.natsd.url, "credentials": str(folder / "not-there")}


@contextlib.contextmanager
def no_jetstream(folder: Path) -> Iterator[Sync]:
    config = "accounts { A { users: [ { user: u, password: p } ] } }"
    (folder / "user.toml").write_text('user = "u"\npassword = "p"\n')
    with NatsServer(folder / "hq", config=config) as natsd:
        yield {"url": natsd.url, "credentials": str(folder / "user.toml")}


@contextlib.contextmanager
def no_stream(folder: Path) -> Iterator[Sync]:
    with NatsServer(folder / "hq") as natsd:
        yield {"url": natsd.url}


@contextlib.contextmanager
def unknown_authority(folder: Path) -> Iterator[Sync]:
    with NatsServer(folder / "hq", config=certificates(folder).server_config()) as natsd:
        yield {"url": natsd.url.replace("nats://", "tls://")}


@contextlib.contextmanager
def wrong_authority(folder: Path) -> Iterator[Sync]:
    with NatsServer(folder / "hq", config=certificates(folder).server_config()) as natsd:
        yield {"url": natsd.url.replace("nats://", "tls://"), "ca": str(certificates(folder / "other").ca)}


@contextlib.contextmanager
def no_tls(folder: Path) -> Iterator[Sync]:
    """A server that speaks none."""
    with NatsServer(folder / "hq") as natsd:
        yield {"url": natsd.url.replace("nats://", "tls://"), "ca": str(certificates(folder).ca)}


@contextlib.contextmanager
def ancient(folder: Path) -> Iterator[Sync]:
    """A server that says it is of the version in Debian 12."""
    with head_office(folder / "hq", STORE) as office, older(office.natsd, "2.9.10") as url:
        yield {"url": url, "credentials": str(office.folder.seed(STORE))}


Way = Callable[[Path], contextlib.AbstractContextManager[Sync]]

WAYS: Mapping[str, tuple[Way, str, str]] = {
    "a server that is not there": (nobody, "cannot be reached", "refused"),
    "a name that is not there": (no_such_name, "cannot be reached", "no such name"),
    "credentials of another": (stranger, "does not let this store in", "Authorization"),
    "credentials that are none": (nonsense, "does not let this store in", "holds no nkey seed"),
    "credentials that are not there": (no_file, "does not let this store in", "not-there"),
    "no JetStream": (no_jetstream, "no JetStream", ""),
    "no stream": (no_stream, "no stream for this store", f"backroom hq provision {STORE}"),
    "no known authority": (unknown_authority, "cannot be trusted", "certificate"),
    "another authority": (wrong_authority, "cannot be trusted", "certificate"),
    "a server without TLS": (no_tls, "cannot be trusted", "TLS"),
    "a server that is too old": (ancient, "too old", "2.9.10"),
}


@pytest.fixture
def sync(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sync]:
    way: Way = request.param
    with way(tmp_path) as found:
        yield found


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[HeadOffice]:
    made = certificates(tmp_path)
    with head_office(tmp_path / "hq", STORE, config=made.server_config(), ca=made.ca) as found:
        yield found


async def examined(data: Path, sync: Sync, capsys: pytest.CaptureFixture[str]) -> str:
    """What the doctor warns of on the way to head office, with what to do; it looks from outside, as people do."""
    config = data.parent / "config.toml"
    lines = [f'{name} = "{value}"' for name, value in sync.items()]
    config.write_text("\n".join([f'data_dir = "{data}"', f'machine_id = "{MACHINE}"', "[sync]", *lines]))
    capsys.readouterr()
    await asyncio.to_thread(run, ["doctor", "--json", "--config", str(config)])
    checks = [each for each in json.loads(capsys.readouterr().out)["checks"] if each["check"] == "head office"]
    warned = [each for each in checks if each["status"] == "warn"]
    assert all(each["fix"] for each in warned)
    return "\n".join(each["detail"] for each in warned)


async def sells(shop: Shop) -> bool:
    """Whether a till is served."""
    return (await shop.post("/sales", sale(register_id="till-1"))).status_code == HTTPStatus.CREATED


@pytest.mark.parametrize(("sync", "title", "more"), WAYS.values(), ids=WAYS, indirect=["sync"])
async def test_it_is_said_in_a_sentence_and_the_store_sells(
    tmp_path: Path,
    sync: Sync,
    title: str,
    more: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = tmp_path / "data"
    async with serving(data, machine_id=MACHINE, sync=sync) as shop:
        await stocked(shop)

        async def said() -> bool:
            trouble = (await shop.get("/sync")).json()["trouble"] or {"title": "", "detail": ""}
            return title in trouble["title"] and more in trouble["detail"]

        await settled(said, 30)
        assert await sells(shop)
        told = await examined(data, sync, capsys)
    assert title in caplog.text
    assert more in caplog.text
    assert title in told or "no stream STORE_" in told


WRONG_LISTS: Mapping[str, tuple[PriceList, str]] = {
    "the checksum": (PriceList("l1", [TEA], wrong={"sha256": "0" * 64}), "checksum"),
    "a price": (PriceList("l2", [{**TEA, "price": "-1"}]), "-1"),
    "a barcode": (PriceList("l3", [{**TEA, "barcodes": ["20000002"]}, {**JAM, "barcodes": ["20000002"]}]), "20000002"),
}
WRONG_POLICIES: Mapping[str, tuple[str, Any, str]] = {
    "a text for a number": ("store.day_roll_hour", "four", "number"),
    "a number for a text": ("store.timezone", 7, "text"),
    "what may not be set": ("http.host", "0.0.0.0", "http.host"),  # noqa: S104  refused
}


async def test_what_head_office_sends_wrongly_is_said_in_a_sentence_and_the_store_sells(
    office: HeadOffice, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    data, sync = tmp_path / "data", {"url": office.natsd.url, "credentials": str(office.folder.seed(STORE))}
    async with serving(data, machine_id=MACHINE, sync=sync) as shop, headquarters(office) as hq:
        await stocked(shop)
        for given, _ in WRONG_LISTS.values():
            await hq.prices(given)
        for key, value, _ in WRONG_POLICIES.values():
            await hq.policy(key, value)
        await hq.send(b"no command")

        async def refused() -> bool:
            down = (await shop.get("/sync")).json()["down"]
            return (len(down["pricelists"]["refused"]), len(down["policies"]["refused"])) == (3, 3) and bool(
                down["commands"]["last_refusal"]
            )

        await settled(refused, 30)
        down = (await shop.get("/sync")).json()["down"]
        assert await sells(shop)
        told = await examined(data, sync, capsys)
    shown = "\n".join(f"{each['key']}: {each['detail']}" for each in _all_refused(down))
    for each in (shown, told, caplog.text):
        assert all(f"pricelists.{given.version}" in each and word in each for given, word in WRONG_LISTS.values())
        assert all(key in each and word in each for key, _, word in WRONG_POLICIES.values())
    assert "head office's command 1 is refused" in caplog.text


def _all_refused(down: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*down["pricelists"]["refused"], *down["policies"]["refused"]]


@pytest.mark.parametrize(("version", "missing"), [("2.10.26", 3), ("2.11.11", 2), ("2.12.8", 1), ("2.15.1", 0)])
async def test_of_an_older_server_it_is_said_what_it_has_not_and_all_else_works(
    office: HeadOffice,
    tmp_path: Path,
    version: str,
    missing: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    data = tmp_path / "data"
    with older(office.natsd, version) as url:
        sync = {"url": url, "credentials": str(office.folder.seed(STORE))}
        async with serving(data, machine_id=MACHINE, sync=sync) as shop, headquarters(office) as hq:
            await stocked(shop)
            await hq.prices(PriceList("w48", [TEA, {**JAM, "price": "9.99"}]))
            await hq.policy("sales.max_lines", 7)
            await hq.send(received("c-1"))
            await recorded(data, "pricelist.activated", 1)
            await recorded(data, "stock.transferred", 1)
            await recorded(data, "settings.changed", 1)
            assert await sells(shop)
            await drained(shop.services)
            found = (await shop.get("/sync")).json()
    assert (found["server"], len(found["lacks"]), found["trouble"]) == (version, missing, None)
    assert all(each in caplog.text for each in found["lacks"])
    await assert_equal(office.server, data)


async def test_over_tls_with_the_right_authority_everything_goes_up(secure: HeadOffice, tmp_path: Path) -> None:
    seed = secure.folder.seed(STORE)
    async with publishing(tmp_path / "data", secure.natsd.url, seed, ca=secure.ca) as services:
        await sell(services, 50)
        await drained(services)


@pytest.mark.parametrize(
    ("version", "word"),
    [((2, 10, 27), "no atomic batches"), ((2, 12, 8), "no consumer reset"), ((2, 15, 1), "all that")],
)
def test_the_doctor_tells_of_an_older_server_what_it_has_not(version: tuple[int, int, int], word: str) -> None:
    (said,) = server(version)

    assert said.good
    assert word in said.detail


async def test_the_routes_show_and_pause_it(office: HeadOffice, tmp_path: Path) -> None:
    sync = {"url": office.natsd.url, "credentials": str(office.folder.seed(STORE))}
    async with serving(tmp_path / "data", machine_id=MACHINE, sync=sync) as shop:
        await sell(shop.services, 30)
        await drained(shop.services)

        found = (await shop.get("/sync")).json()
        assert (found["connected"], found["acknowledged"], found["claim"]) == (True, 30, "held")
        assert (await shop.post("/sync/pause", key="")).json()["paused"] is True
        await sell(shop.services, 5)
        assert (await shop.get("/sync")).json()["backlog"]["events"] == 5
        assert (await shop.post("/sync/resume", key="")).json()["paused"] is False
        await drained(shop.services)
        compared = (await shop.post("/sync/compare", key="")).json()
        assert (compared["equal"], compared["up_to"], compared["problems"]) == (True, 35, [])
        health = (await shop.get("/health")).json()
        assert {each["name"]: each["status"] for each in health["components"]}["sync"] == "up"
        assert "backroom_sync_acknowledged_position 35.0" in (await shop.get("/metrics")).text


async def test_a_store_without_a_head_office_says_so(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as shop:
        assert (await shop.get("/sync")).json()["enabled"] is False
        assert (await shop.post("/sync/compare", key="")).json()["type"].endswith("sync-off")
