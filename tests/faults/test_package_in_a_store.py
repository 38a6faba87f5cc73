"""The package through a store's life: installed, sold on, upgraded, taken back, removed, in a clean Debian 12."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.support.debian_root import Debian, booted, prepared, why_not
from tests.support.polling import wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
FIRST, NEXT = "0.1.0", "0.1.1"
READY_SECONDS = 60
API = "http://127.0.0.1:8080"
AS_STORE = "runuser -u backroom -- backroom"

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(1_800),
    pytest.mark.skipif(why_not() is not None, reason=f"the package in a Debian root: {why_not()}"),
]


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Debian]:
    with booted(prepared("bookworm"), tmp_path_factory.mktemp("debian")) as found:
        for version in (FIRST, NEXT):
            built(version, found.root / "srv")
        yield found


def built(version: str, into: Path) -> None:
    """The same tree under a version."""
    command = [sys.executable, str(REPOSITORY / "packaging/deb/build.py"), "--release", "bookworm"]
    subprocess.run([*command, "--compression", "zstd", "--version", version, "--into", str(into)], check=True)


def install(debian: Debian, version: str) -> str:
    said = debian.run(f"dpkg -i /srv/backroom_{version}-1+deb12_amd64.deb")
    ready(debian, version)
    return said


def ready(debian: Debian, version: str) -> None:
    wait_until(lambda: debian.says("systemctl is-active backroom") == "active", READY_SECONDS)
    assert version in debian.run("backroom --version")


def sell(debian: Debian, token: str, key: str) -> dict[str, Any]:
    """A sale as a till sends it."""
    sale = {
        "register_id": "till-1",
        "currency": "EUR",
        "lines": [{"product_id": "tea", "quantity": "1"}],
        "tenders": [{"type": "cash", "amount": 500}],
    }
    debian.root.joinpath("srv/sale.json").write_text(json.dumps(sale))
    said = debian.run(
        f"curl -sS -X POST {API}/api/v1/sales -H 'Authorization: Bearer {token}' -H 'Idempotency-Key: {key}' "
        "-H 'Content-Type: application/json' -d @/srv/sale.json"
    )
    answer: dict[str, Any] = json.loads(said)
    assert "receipt_number" in answer, said
    return answer


def opened(debian: Debian) -> str:
    """A register, one product with its price, and a till's token."""
    debian.run("backroom registers add till-1")
    debian.root.joinpath("srv/products.csv").write_text("product_id,name,tax_code,price\ntea,Tea,standard,2.50\n")
    debian.run("backroom import products /srv/products.csv")
    token: str = json.loads(debian.run("backroom device add till --register till-1 --json"))["token"]
    return token


def test_a_store_keeps_its_sales_through_the_packages_whole_life(debian: Debian) -> None:
    install(debian, FIRST)
    assert debian.says("systemctl is-enabled backroom.service backroom-backup.timer").split() == ["enabled"] * 2
    assert debian.says("stat -c '%U:%G %a' /var/lib/backroom /etc/backroom").split("\n") == [
        "backroom:backroom 750",
        "root:backroom 750",
    ]
    token = opened(debian)
    first = sell(debian, token, "first")

    install(debian, NEXT)
    assert sell(debian, token, "first") == first
    sell(debian, token, "second")

    install(debian, FIRST)
    assert sell(debian, token, "first") == first
    sell(debian, token, "third")
    debian.run("systemctl start backroom-backup.service")
    assert "clean" in debian.run(f"{AS_STORE} verify")

    debian.run("dpkg --remove backroom")
    assert debian.says("systemctl is-active backroom") == "inactive"
    assert debian.run("ls /var/lib/backroom/store.db /etc/backroom/config.toml")

    install(debian, FIRST)
    assert sell(debian, token, "first") == first

    said = debian.run("dpkg --purge backroom")
    assert "stays in /var/lib/backroom" in said
    assert debian.says("ls /etc/backroom/config.toml /usr/lib/backroom /usr/bin/backroom").count("No such file") == 3
    assert debian.run("ls /var/lib/backroom/store.db /var/lib/backroom/backups")
    assert "backroom" not in debian.says("systemctl list-unit-files 'backroom*' --no-legend")
