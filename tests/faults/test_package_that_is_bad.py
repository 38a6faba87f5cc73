"""A bad version as a package, in a clean Debian: systemd starts it in vain, and the former one sells on by itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from debbuild.releases import RELEASES
from tests.faults.support.debian_root import Debian, booted, prepared, why_not
from tests.faults.support.packages import FIRST, NEXT, SPARE, built, install, opened, ready, sell, unpacked
from tests.support.polling import wait_until
from tests.support.versions import CRASH, HANG, PLANTED

RETURNS_SECONDS = 300
UNIT = "[Service]\nTimeoutStartSec=20\n"  # what hangs is waited for that long, three times

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(1_800),
    pytest.mark.skipif(why_not() is not None, reason=f"the package in a Debian root: {why_not()}"),
]


@pytest.fixture(scope="module", params=RELEASES)
def debian(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Debian]:
    with booted(prepared(request.param), tmp_path_factory.mktemp("debian"), request.param) as found:
        built(found, FIRST)
        unit = found.root / "etc/systemd/system/backroom.service.d/test.conf"
        unit.parent.mkdir(parents=True)
        unit.write_text(UNIT)
        install(found, FIRST)
        yield found


@pytest.fixture(scope="module")
def token(debian: Debian) -> str:
    return opened(debian)


@pytest.fixture
def sold(debian: Debian, token: str) -> dict[str, object]:
    """The receipt of a sale under the first version, whatever was installed before."""
    install(debian, FIRST)
    return sell(debian, token, "first")


def came_back(debian: Debian) -> None:
    """Return once the former version sells again."""
    wait_until(lambda: FIRST in debian.says("backroom --version"), RETURNS_SECONDS)
    ready(debian)


def migrations_of(debian: Debian) -> list[str]:
    with closing(sqlite3.connect(f"file:{debian.root}/var/lib/backroom/store.db?mode=ro", uri=True)) as db:
        return [name for (name,) in db.execute("SELECT name FROM migration_checksums ORDER BY rowid")]


def test_one_that_changes_the_file_and_crashes_is_gone_back_from_with_the_data(
    debian: Debian, token: str, sold: dict[str, object]
) -> None:
    before = migrations_of(debian)
    bad = unpacked(debian, FIRST).packed(NEXT, CRASH, migrates=True)
    for _ in range(3):  # somebody who tries settings, so that systemd's own limit of starts is near
        debian.run("systemctl restart backroom")
        ready(debian)

    assert "did not start" in debian.run(f"apt-get install --yes --no-install-recommends {bad}")
    came_back(debian)

    assert migrations_of(debian) == before
    assert debian.root.joinpath(f"var/lib/backroom/backups/before-{PLANTED}.db").exists()
    assert sell(debian, token, "first") == sold
    assert sell(debian, token, "after-the-crash")["receipt_number"] != sold["receipt_number"]
    assert f"{FIRST} is back, with its data" in debian.run("journalctl --no-pager -u backroom")
    assert f"Version {NEXT}" in debian.run("backroom problems list")
    debian.run("systemctl restart backroom")
    ready(debian)
    assert FIRST in debian.run("backroom --version")


def test_one_that_hangs_is_gone_back_from_and_a_mended_one_is_taken(
    debian: Debian, token: str, sold: dict[str, object]
) -> None:
    tree = unpacked(debian, FIRST)
    bad, mended = tree.packed(NEXT, HANG), tree.packed(SPARE, migrates=True)

    debian.run(f"apt-get install --yes --no-install-recommends {bad}")
    came_back(debian)
    assert sell(debian, token, "first") == sold

    debian.run(f"apt-get install --yes --no-install-recommends {mended}")
    ready(debian)

    assert SPARE in debian.run("backroom --version")
    assert migrations_of(debian)[-1] == PLANTED
    assert sell(debian, token, "first") == sold
    assert sell(debian, token, "under-the-mended-one")["receipt_number"]
