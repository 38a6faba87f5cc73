"""The box is lost and another takes its place, told as one story: real processes, a real head office."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.eventstore import escrow
from tests.support.boxes import Box
from tests.support.head_office import HeadOffice, head_office
from tests.support.polling import wait_until
from tests.support.syncing import STORE, log_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DEADLINE_S = 60.0
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "replace-the-box.md"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        escrow.make_pair(found.folder.path / "keys-private.pem", found.folder.path / "keys-public.pem")
        yield found


@pytest.fixture
def boxes(office: HeadOffice, tmp_path: Path) -> Iterator[tuple[Box, Box]]:
    """The old one, and the new one."""
    found = Box(tmp_path / "old", office), Box(tmp_path / "new", office)
    yield found
    for box in found:
        box.end()


def told(place: str) -> list[str]:
    """The blocks that the page tells to type there, in order."""
    return re.findall(rf"^ *```sh {place}\n(.*?)^ *```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def typed(block: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """As somebody's shell does it; it stops at the first command that fails."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail"],
        input=block,
        env=os.environ | environment | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def at_head_office(office: HeadOffice, block: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The server is told to read its configuration by the test, since it is no service of this machine."""
    place = {"BACKROOM_HQ_FOLDER": str(office.folder.path), "BACKROOM_HQ_SERVER": office.natsd.url}
    done = typed(block.replace("nats-server --signal reload", "true"), place | more)
    if "signal reload" in block:
        office.natsd.reload()
    return done


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
    """Every command of the page "Replace the box" is typed here, where it says."""
    old, new = boxes
    release, stream, keys = told("head-office")
    restore, _run, people = told("new-box")
    sale, product, customer = a_day_s_work(old)
    old.end()

    refused = typed(restore, new.environment)
    assert refused.returncode == 1
    assert "--release-claim" in refused.stderr
    assert at_head_office(office, release).returncode == 0
    restored = typed(restore, new.environment)
    assert restored.returncode == 0, restored.stderr
    position = len(log_of(old.data))
    assert f"hq provision {STORE} --incarnation 2 --base {position}" in restored.stderr
    assert log_of(new.data)[:position] == log_of(old.data)
    assert at_head_office(office, stream, POSITION=str(position)).returncode == 0

    new.start()
    invited = typed(people, new.environment)
    assert invited.returncode == 0, invited.stderr
    assert "anna" in invited.stdout
    new.token = new.answers("device", "add", "till", "--register", "till-1")["token"]
    assert new.get(f"/sales/{sale['sale_id']}")["receipt_number"] == sale["receipt_number"] == "till-1-1-1"
    assert new.sell("second", product)["receipt_number"] == "till-1-2-1"
    wait_until(new.drained, DEADLINE_S)

    hand_over_the_keys(office, new, customer, keys)
    assert new.answers("verify")["status"] == "clean"
    assert new.answers("sync", "compare")["equal"]
    old.start()
    wait_until(lambda: (old.local("/sync")["trouble"] or {}).get("code") == "claim-held", DEADLINE_S)


def hand_over_the_keys(office: HeadOffice, new: Box, customer: str, block: str) -> None:
    """Not to whoever asks, but to the box whose fingerprint the store's people read out."""

    def asked() -> list[str]:
        found = new.local("/problems")["items"]
        return [each["detail"] for each in found if each["kind"] == "keys-missing"]

    wait_until(lambda: bool(asked()), DEADLINE_S)
    assert new.get(f"/customers/{customer}")["name"] is None
    fingerprint = asked()[0].rsplit(maxsplit=1)[-1]
    refused = at_head_office(office, block, FINGERPRINT="0" * 32)
    assert refused.returncode == 1
    assert fingerprint in refused.stderr
    handed = at_head_office(office, block, FINGERPRINT=fingerprint)
    assert "1 key(s)" in handed.stderr, handed.stderr
    wait_until(lambda: new.get(f"/customers/{customer}")["name"] == "Ann Lee", DEADLINE_S)
    wait_until(lambda: not asked(), DEADLINE_S)
    assert at_head_office(office, block, FINGERPRINT=fingerprint).returncode == 1
