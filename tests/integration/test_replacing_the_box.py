"""The box is lost and another takes its place, told as one story: real processes, a real head office."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.eventstore import escrow
from tests.support.head_office import HeadOffice, head_office
from tests.support.polling import wait_until
from tests.support.syncing import STORE, log_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DEADLINE_S = 60.0
SALE = {"register_id": "till-1", "currency": "EUR", "tenders": [{"type": "cash", "amount": 5000}]}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        escrow.make_pair(found.folder.path / "keys-private.pem", found.folder.path / "keys-public.pem")
        yield found


@dataclass
class Box:
    """A machine with a settings file and a data directory, and the store that runs on it."""

    folder: Path
    office: HeadOffice
    process: subprocess.Popen[str] | None = None
    url: str = ""
    token: str = ""

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.config.write_text(
            f'machine_id = "{self.folder.name}"\n[store]\nid = "{STORE}"\n'
            f'[sync]\nurl = "{self.office.natsd.url}"\ncredentials = "{self.office.folder.seed(STORE)}"\n'
            f'keys_for = "{self.office.folder.path / "keys-public.pem"}"\n'
        )

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "appliance", "--data", str(self.data), "--config", str(self.config), *arguments]

    def says(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command there."""
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, check=False, timeout=120)

    def answers(self, *arguments: str) -> Any:
        """What a command that has to work says as JSON."""
        said = self.says(*arguments, "--json")
        assert said.returncode == 0, said.stderr
        return json.loads(said.stdout)

    def start(self, *options: str) -> None:
        command = self.command("run", "--json", "--port", "0", *options)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline())
        self.url, self.token = ready["url"], ready["token"] or self.token

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def get(self, path: str) -> Any:
        found = httpx.get(f"{self.url}/api/v1{path}", headers=self._headers(), timeout=30)
        assert found.status_code == 200, found.text
        return found.json()

    def post(self, path: str, body: Any, key: str) -> Any:
        headers = self._headers() | {"Idempotency-Key": key}
        made = httpx.post(f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=30)
        assert made.status_code == 201, made.text
        return made.json()

    def sell(self, key: str, product: str) -> Any:
        return self.post("/sales", SALE | {"lines": [{"product_id": product}]}, key)

    def local(self, path: str) -> Any:
        """What the running store says on its control socket."""
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(self.data / "control.sock"))) as client:
            found = client.get(f"http://store/api/v1{path}", timeout=30)
        assert found.status_code == 200, found.text
        return found.json()

    def drained(self) -> bool:
        status = self.local("/sync")
        return bool(status["acknowledged"] == status["position"])

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture
def boxes(office: HeadOffice, tmp_path: Path) -> Iterator[tuple[Box, Box]]:
    """The old one, and the new one."""
    found = Box(tmp_path / "old", office), Box(tmp_path / "new", office)
    yield found
    for box in found:
        box.end()


def at_head_office(office: HeadOffice, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "appliance", "hq", *arguments, "--folder", str(office.folder.path)]
    environment = os.environ | {"BACKROOM_HQ_SERVER": office.natsd.url}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment)


def a_day_s_work(box: Box) -> tuple[Any, str, str]:
    """A sale, a customer, a person who works there; all of it at head office."""
    box.start("--first-start-catalogue")
    product = box.get("/products?limit=1")["items"][0]["product_id"]
    sale = box.sell("first", product)
    customer = box.answers("customers", "add", "--name", "Ann Lee", "--email", "ann@example.com")["customer_id"]
    box.answers("operator", "add", "anna", "--role", "manager")
    wait_until(box.drained, DEADLINE_S)
    wait_until(lambda: box.local("/sync")["down"]["keys"]["sent"] == 1, DEADLINE_S)
    return sale, product, customer


def test_a_box_is_lost_and_the_next_one_sells_on(office: HeadOffice, boxes: tuple[Box, Box]) -> None:
    old, new = boxes
    sale, product, customer = a_day_s_work(old)
    old.end()

    refused = new.says("backup", "restore", "--from-hq")
    assert refused.returncode == 1
    assert "--release-claim" in refused.stderr
    assert at_head_office(office, "provision", STORE, "--release-claim").returncode == 0
    restored = new.answers("backup", "restore", "--from-hq")
    assert log_of(new.data)[: restored["position"]] == log_of(old.data)
    life = ["--incarnation", str(restored["incarnation"]), "--base", str(restored["position"])]
    assert at_head_office(office, "provision", STORE, *life).returncode == 0
    office.natsd.reload()

    new.start()
    assert [each["operator_id"] for each in new.local("/operators")["items"]] == ["anna"]
    assert "code" in new.answers("operator", "set-pin", "anna", "--code")
    assert httpx.get(f"{new.url}/api/v1/products", headers={"Authorization": f"Bearer {old.token}"}).status_code == 401
    new.token = new.answers("device", "add", "till", "--register", "till-1")["token"]
    assert new.get(f"/sales/{sale['sale_id']}")["receipt_number"] == sale["receipt_number"] == "till-1-1-1"
    assert new.sell("second", product)["receipt_number"] == "till-1-2-1"
    wait_until(new.drained, DEADLINE_S)

    hand_over_the_keys(office, new, customer)
    assert new.answers("verify")["status"] == "clean"
    assert new.answers("sync", "compare")["equal"]
    old.start()
    wait_until(lambda: (old.local("/sync")["trouble"] or {}).get("code") == "claim-held", DEADLINE_S)


def hand_over_the_keys(office: HeadOffice, new: Box, customer: str) -> None:
    """Not to whoever asks, but to the box whose fingerprint the store's people read out."""

    def asked() -> list[str]:
        found = new.local("/problems")["items"]
        return [each["detail"] for each in found if each["kind"] == "keys-missing"]

    wait_until(lambda: bool(asked()), DEADLINE_S)
    assert new.get(f"/customers/{customer}")["name"] is None
    fingerprint = asked()[0].rsplit(maxsplit=1)[-1]
    for wrong in ([], ["--box", "0" * 32]):
        refused = at_head_office(office, "keys", "hand-over", STORE, *wrong)
        assert refused.returncode == 1
        assert fingerprint in refused.stderr
    handed = at_head_office(office, "keys", "hand-over", STORE, "--box", fingerprint, "--json")
    assert json.loads(handed.stdout)["keys"] == 1, handed.stderr
    wait_until(lambda: new.get(f"/customers/{customer}")["name"] == "Ann Lee", DEADLINE_S)
    wait_until(lambda: not asked(), DEADLINE_S)
    assert at_head_office(office, "keys", "hand-over", STORE, "--box", fingerprint).returncode == 1
