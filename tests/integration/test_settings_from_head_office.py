"""Settings from head office: over the box's own within seconds, back to them when taken back, refused with a reason."""

import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from appliance.api.app import create_app
from appliance.api.server import Caps, Gate
from appliance.api.services import Services
from appliance.bootstrap import opened
from appliance.config import Settings, SyncSettings, load
from appliance.domain.operating import CHECKS
from appliance.sync import subjects
from tests.support.api import Shop
from tests.support.commanding import Headquarters, headquarters, recorded
from tests.support.head_office import HeadOffice, head_office
from tests.support.levels import kept_levels
from tests.support.syncing import MACHINE, STORE, until, upstream

OWN = """
[orders]
pick_days = 3
[limits]
connections = 200
[logging]
level = "warning"
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        yield found


@pytest.fixture
async def hq(office: HeadOffice) -> AsyncIterator[Headquarters]:
    async with headquarters(office) as found:
        yield found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(OWN)
    return path


@pytest.fixture(autouse=True)
def same_level_afterwards() -> Iterator[None]:
    with kept_levels():
        yield


@dataclass
class Box:
    """A store that is told by head office, and what it does by it."""

    shop: Shop
    gate: Gate
    read: Callable[[], Settings]
    scrubbed_every: list[float]
    times: list[Settings]

    @property
    def services(self) -> Services:
        return self.shop.services

    async def setting(self, key: str) -> dict[str, Any]:
        """What `GET /settings` says of one."""
        items = (await self.shop.get("/settings")).json()["items"]
        return next(each for each in items if each["key"] == key)


@pytest.fixture
async def box(office: HeadOffice, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Box]:
    async with at(office, tmp_path / "data", file) as found:
        yield watched(found, monkeypatch)


@contextlib.asynccontextmanager
async def at(office: HeadOffice, data: Path, file: Path) -> AsyncIterator[Box]:
    def read() -> Settings:
        sync = SyncSettings(url=office.natsd.url, credentials=office.folder.seed(STORE))
        return load(file, data_dir=data, machine_id=MACHINE, sync=sync)

    async with opened(read()) as services:
        gate = Gate(Caps())
        assert services.reloader is not None
        services.reloader.attend(gate)
        yield Box(Shop(services, create_app(services)), gate, read, [], [])


def watched(box: Box, monkeypatch: pytest.MonkeyPatch) -> Box:
    """With what cannot be seen from outside, how often is scrubbed and how long orders wait, noted as it is told."""
    services = box.services
    scrub, redefine = services.maintenance.keep_scrubbing, services.redefine
    assert redefine is not None

    def noted(period_s: float | None) -> None:
        box.scrubbed_every.append(period_s or 0)
        scrub(period_s)

    def renewed(settings: Settings) -> None:
        box.times.append(settings)
        redefine(settings)

    monkeypatch.setattr(type(services.maintenance), "keep_scrubbing", lambda _, period_s: noted(period_s))
    services.redefine = renewed
    return box


Seen = Callable[[Box], Any]
FAMILIES: dict[str, tuple[str, Any, Any, Seen]] = {
    "orders": ("orders.pick_days", 3.0, 9.5, lambda box: box.times[-1].orders.pick_days if box.times else 3.0),
    "what orders are paid by": (
        "orders.tender",
        "card",
        "account",
        lambda box: box.services.dispatcher.policy.order_tender,
    ),
    "scrub": ("scrub.period_hours", 24.0, 2, lambda box: (box.scrubbed_every or [86_400.0])[-1] / 3_600),
    "connections": ("limits.connections", 200, 300, lambda box: box.gate.caps.connections),
    "rates": ("limits.device_per_second", 500.0, 50, lambda box: box.services.rates.rate.device),
    "logging": ("logging.level", "warning", "error", lambda _: logging.getLevelName(logging.getLogger().level).lower()),
    "sessions": ("access.session_hours", 12, 3, lambda box: box.services.people.limits.longest_ms / 3_600_000),
}


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_setting_is_in_force_at_once_and_the_box_s_own_again_when_it_is_taken_back(
    box: Box, hq: Headquarters, family: str
) -> None:
    key, own, wanted, seen = FAMILIES[family]
    before = await box.setting(key)
    await hq.policy(key, wanted)
    await until(lambda: seen(box) == wanted)
    told = await box.setting(key)
    await hq.delete(subjects.SETTINGS_BUCKET, f"common.{key}")
    await until(lambda: seen(box) == own)

    assert (before["value"], before["head_office"], before["restart"]) == (own, True, False)
    assert (told["value"], told["source"], told["where"]) == (wanted, "head office", "common")
    assert told["instead_of"] == {"value": own}
    assert await box.setting(key) == before


async def test_a_store_s_own_setting_goes_over_that_for_all(box: Box, hq: Headquarters) -> None:
    await hq.policy("limits.connections", 300)
    await until(lambda: box.gate.caps.connections == 300)
    await hq.policy("limits.connections", 400, scope=STORE)
    await until(lambda: box.gate.caps.connections == 400)
    assert (await box.setting("limits.connections"))["where"] == "store"
    await hq.delete(subjects.SETTINGS_BUCKET, f"{STORE}.limits.connections")
    await until(lambda: box.gate.caps.connections == 300)


REFUSED: dict[str, tuple[str, Any, str]] = {
    "a limit that would lock tills out": ("limits.connections", 1, "from 64 to 65536"),
    "a word for a number": ("orders.pick_days", "soon", "a number from 0.05 to 365"),
    "no level": ("logging.level", "silent", "one of debug, info, warning, error"),
    "what takes a new start": ("sagas.threads", 8, "it takes a new start"),
    "an address": ("tls.host", "0.0.0.0", "decided on the machine"),  # noqa: S104  refused
    "a path": ("access.pepper_file", "/tmp/pepper", "where secrets lie"),
    "a secret": ("sync.credentials", "SUAA", "as whom the store speaks"),
    "where money is paid": ("integration.payment.address", "https://evil.example:1", "who is called"),
}


async def test_what_cannot_be_set_is_refused_and_reported_and_the_old_kept(
    box: Box, hq: Headquarters, tmp_path: Path
) -> None:
    before = {each["key"]: each for each in (await box.shop.get("/settings")).json()["items"]}
    for number, (key, value, _) in enumerate(REFUSED.values(), 1):
        await hq.policy(key, value)
        await recorded(tmp_path / "data", "settings.refused", number)
    told = (await upstream(box.services).status())["down"]["policies"]["refused"]
    reasons = {each["key"]: each["detail"] for each in told}

    for key, _, why in REFUSED.values():
        assert why in reasons[f"common.{key}"], key
    assert {each["key"]: each for each in (await box.shop.get("/settings")).json()["items"]} == before


def changed(file: Path, text: str) -> None:
    file.write_text(text)


async def test_a_changed_file_stays_under_what_head_office_has_set(box: Box, hq: Headquarters, file: Path) -> None:
    await hq.policy("limits.connections", 300)
    await until(lambda: box.gate.caps.connections == 300)
    changed(file, OWN.replace("200", "250") + "[sagas]\nthreads = 7\n")
    assert box.services.reloader is not None
    box.services.reloader.read_again(box.read)

    assert box.gate.caps.connections == 300
    assert (await box.setting("limits.connections"))["instead_of"] == {"value": 250}
    threads = await box.setting("sagas.threads")
    assert (threads["value"], threads["restart"], threads["waiting"]) == (4, True, {"value": 7})
    await hq.delete(subjects.SETTINGS_BUCKET, "common.limits.connections")
    await until(lambda: box.gate.caps.connections == 250)
    back = await box.setting("limits.connections")
    assert (back["source"], back["where"]) == ("file", f"{file} line 5")


async def test_a_setting_survives_a_restart_without_head_office(
    office: HeadOffice, hq: Headquarters, tmp_path: Path, file: Path
) -> None:
    async with at(office, tmp_path / "data", file) as box:
        await hq.policy("limits.connections", 300)
        await hq.policy("logging.level", "error")
        await until(lambda: len(box.services.settings.told) == 2)
    office.natsd.stop(signal.SIGKILL)

    async with at(office, tmp_path / "data", file) as box:
        assert box.gate.caps.connections == 300
        assert (await box.setting("logging.level"))["value"] == "error"


async def test_every_setting_of_the_allow_list_can_be_set(box: Box, hq: Headquarters) -> None:
    for key, check in CHECKS.items():
        await hq.policy(key, check.options[0] if hasattr(check, "options") else int(check.most))
    await until(lambda: len(box.services.settings.told) == len(CHECKS))
    items = (await box.shop.get("/settings")).json()["items"]

    assert {each["key"] for each in items if each["source"] == "head office"} == set(CHECKS)
