"""The package in a booted Debian: built, installed, opened for business and sold on, as its operator would."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from debbuild.releases import RELEASES, debian_version
from tests.faults.support.debian_root import Debian
from tests.support.polling import wait_until

REPOSITORY = Path(__file__).resolve().parents[3]
FIRST, NEXT = "0.1.0", "0.1.1"
READY_SECONDS = 120
API = "http://127.0.0.1:8080"
AS_STORE = "runuser -u backroom -- backroom"


def built(debian: Debian, *versions: str, codename: str | None = None) -> None:
    """The same tree under each of the versions, in the machine's /srv; for its own Debian, or another."""
    build = [sys.executable, str(REPOSITORY / "packaging/deb/build.py"), "--release", codename or debian.codename]
    for version in versions:
        options = ["--compression", "zstd", "--version", version, "--into", str(debian.root / "srv")]
        subprocess.run([*build, *options], check=True)


def install(debian: Debian, version: str) -> str:
    """What apt says; afterwards the store sells."""
    package = f"/srv/backroom_{debian_version(version, RELEASES[debian.codename])}_amd64.deb"
    said = debian.run(f"apt-get install --yes --no-install-recommends --allow-downgrades {package}")
    ready(debian)
    assert version in debian.run("backroom --version")
    return said


def ready(debian: Debian) -> None:
    """Return once systemd has been told that the store sells."""
    wait_until(lambda: debian.says("systemctl is-active backroom") == "active", READY_SECONDS)


def opened(debian: Debian) -> str:
    """A register, one product with its price, and a till's token."""
    debian.run("backroom registers add till-1")
    debian.root.joinpath("srv/products.csv").write_text("product_id,name,tax_code,price\ntea,Tea,standard,2.50\n")
    debian.run("backroom import products /srv/products.csv")
    token: str = json.loads(debian.run("backroom device add till --register till-1 --json"))["token"]
    return token


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
