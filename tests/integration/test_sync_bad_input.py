"""What is wrong with the way to head office is said in a sentence, in /sync and by the doctor, and the store sells."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.cli.root import run
from appliance.hq.folder import open_folder
from appliance.sync.examining import server
from tests.support.api import serving
from tests.support.certificates import certificates
from tests.support.head_office import HeadOffice, head_office
from tests.support.natsd import NatsServer, free_port
from tests.support.syncing import MACHINE, STORE, drained, publishing, sell, trouble_of, until


@contextlib.contextmanager
def nobody(folder: Path) -> Iterator[tuple[str, Path | None]]:
    yield f"nats://127.0.0.1:{free_port()}", None


@contextlib.contextmanager
def stranger(folder: Path) -> Iterator[tuple[str, Path | None]]:
    """Credentials of another head office."""
    other = open_folder(folder / "other", create=True)
    with head_office(folder / "hq", STORE) as office:
        yield office.natsd.url, other.credentials


@contextlib.contextmanager
def nonsense(folder: Path) -> Iterator[tuple[str, Path | None]]:
    with head_office(folder / "hq", STORE) as office:
        (folder / "nonsense").write_text("no secret at all")
        yield office.natsd.url, folder / "nonsense"


@contextlib.contextmanager
def no_jetstream(folder: Path) -> Iterator[tuple[str, Path | None]]:
    config = "accounts { A { users: [ { user: u, password: p } ] } }"
    (folder / "user.toml").write_text('user = "u"\npassword = "p"\n')
    with NatsServer(folder / "hq", config=config) as natsd:
        yield natsd.url, folder / "user.toml"


@contextlib.contextmanager
def no_stream(folder: Path) -> Iterator[tuple[str, Path | None]]:
    with NatsServer(folder / "hq") as natsd:
        yield natsd.url, None


@contextlib.contextmanager
def unknown_authority(folder: Path) -> Iterator[tuple[str, Path | None]]:
    with NatsServer(folder / "hq", config=certificates(folder).server_config()) as natsd:
        yield natsd.url.replace("nats://", "tls://"), None


Place = Callable[[Path], contextlib.AbstractContextManager[tuple[str, Path | None]]]


@pytest.fixture
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path | None]]:
    place: Place = request.param
    with place(tmp_path) as found:
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


@pytest.mark.parametrize(
    ("way", "title", "more"),
    [
        (nobody, "cannot be reached", "refused"),
        (stranger, "does not let this store in", "Authorization"),
        (nonsense, "does not let this store in", "holds no nkey seed"),
        (no_jetstream, "no JetStream", ""),
        (no_stream, "no stream for this store", "backroom hq provision store-1"),
        (unknown_authority, "cannot be trusted", "certificate"),
    ],
    indirect=["way"],
    ids=["nobody", "stranger", "nonsense", "no JetStream", "no stream", "unknown authority"],
)
async def test_it_is_said_in_a_sentence_and_the_store_sells(
    tmp_path: Path, way: tuple[str, Path | None], title: str, more: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with publishing(tmp_path / "data", *way) as services:
        await until(lambda: title in trouble_of(services) and more in trouble_of(services))
        assert await sell(services, 5) == 5
    assert title in caplog.text


@pytest.mark.parametrize("way", [nobody, stranger, nonsense, no_jetstream, no_stream, unknown_authority], indirect=True)
def test_the_doctor_says_it_too(
    tmp_path: Path, way: tuple[str, Path | None], capsys: pytest.CaptureFixture[str]
) -> None:
    url, credentials = way
    config = tmp_path / "config.toml"
    more = f'credentials = "{credentials}"\n' if credentials else ""
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n[sync]\nurl = "{url}"\n{more}')
    assert run(["doctor", "--json", "--config", str(config)]) == 0
    checks = [each for each in json.loads(capsys.readouterr().out)["checks"] if each["check"] == "head office"]

    assert checks[-1]["status"] == "warn"
    assert checks[-1]["fix"]


async def test_over_tls_with_the_right_authority_everything_goes_up(secure: HeadOffice, tmp_path: Path) -> None:
    seed = secure.folder.seed(STORE)
    async with publishing(tmp_path / "data", secure.natsd.url, seed, ca=secure.ca) as services:
        await sell(services, 50)
        await drained(services)


@pytest.mark.parametrize(
    ("version", "good", "word"),
    [((2, 9, 10), False, "too old"), ((2, 10, 27), True, "no atomic batches"), ((2, 15, 1), True, "all that")],
)
def test_an_older_server_is_told_for_what_it_can_do(version: tuple[int, int, int], good: bool, word: str) -> None:
    (said,) = server(version)

    assert (said.good, word in said.detail) == (good, True)


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
