"""The package in a booted Debian: built, installed, opened for business and sold on, as its operator would."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from debbuild.releases import RELEASES, debian_version
from tests.faults.support.debian_root import Debian
from tests.support.polling import wait_until
from tests.support.versions import become

REPOSITORY = Path(__file__).resolve().parents[3]
FIRST, NEXT, SPARE = "0.1.0", "0.1.1", "0.1.2"
READY_SECONDS = 120
API = "http://127.0.0.1:8080"
AS_STORE = "runuser -u backroom -- backroom"


def built(debian: Debian, *versions: str, codename: str | None = None) -> None:
    """The same tree under each of the versions, in the machine's /srv; for its own Debian, or another."""
    build = [sys.executable, str(REPOSITORY / "packaging/deb/build.py"), "--release", codename or debian.codename]
    for version in versions:
        options = ["--compression", "zstd", "--version", version, "--into", str(debian.root / "srv")]
        subprocess.run([*build, *options], check=True)


def package(version: str, codename: str) -> str:
    """Where a version's package lies in the machine."""
    return f"/srv/backroom_{debian_version(version, RELEASES[codename])}_amd64.deb"


@dataclass(frozen=True)
class Unpacked:
    """A package's tree on this machine, to make others of."""

    debian: Debian
    tree: Path

    def packed(self, version: str, plant: str = "", *, migrates: bool = False) -> str:
        """The same under another version, with something planted in it; where it lies in the machine."""
        tree = self.tree.with_name(f"tree-{version}")
        shutil.copytree(self.tree, tree)
        become(tree / "usr/lib/backroom", version, plant, migrates=migrates)
        (tree / "DEBIAN/md5sums").unlink()
        control = tree / "DEBIAN/control"
        named = debian_version(version, RELEASES[self.debian.codename])
        control.write_text(re.sub(r"(?m)^Version: .*$", f"Version: {named}", control.read_text()))
        at = package(version, self.debian.codename)
        target = f"{self.debian.root}{at}"
        subprocess.run(["dpkg-deb", "-Zzstd", "-z1", "--root-owner-group", "-b", str(tree), target], check=True)
        shutil.rmtree(tree)
        return at


def unpacked(debian: Debian, version: str) -> Unpacked:
    """A built package's tree, beside the machine's root."""
    tree = debian.root.with_name("tree")
    if not tree.exists():
        subprocess.run(["dpkg-deb", "-R", f"{debian.root}{package(version, debian.codename)}", str(tree)], check=True)
    return Unpacked(debian, tree)


def install(debian: Debian, version: str) -> str:
    """What apt says; afterwards the store sells."""
    said = debian.run(
        f"apt-get install --yes --no-install-recommends --allow-downgrades {package(version, debian.codename)}"
    )
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
