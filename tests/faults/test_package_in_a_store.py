"""The package through a store's life: installed, sold on, upgraded, taken back, removed, in each clean Debian."""

from collections.abc import Iterator

import pytest

from debbuild.releases import RELEASES
from tests.faults.support.debian_root import Debian, booted, prepared, why_not
from tests.faults.support.packages import AS_STORE, FIRST, NEXT, built, install, opened, package, sell

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(1_800),
    pytest.mark.skipif(why_not() is not None, reason=f"the package in a Debian root: {why_not()}"),
]


@pytest.fixture(scope="module", params=RELEASES)
def debian(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Debian]:
    with booted(prepared(request.param), tmp_path_factory.mktemp("debian"), request.param) as found:
        built(found, FIRST, NEXT)
        yield found


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

    debian.run("apt-get remove --yes backroom")
    assert debian.says("systemctl is-active backroom") == "inactive"
    assert debian.run("ls /var/lib/backroom/store.db /etc/backroom/config.toml")

    install(debian, FIRST)
    assert sell(debian, token, "first") == first

    said = debian.run("apt-get purge --yes backroom")
    assert "stays in /var/lib/backroom" in said
    assert debian.says("ls /etc/backroom/config.toml /usr/lib/backroom /usr/bin/backroom").count("No such file") == 3
    assert debian.run("ls /var/lib/backroom/store.db /var/lib/backroom/backups")
    assert "backroom" not in debian.says("systemctl list-unit-files 'backroom*' --no-legend")

    debian.run(
        said.rpartition("backroom:   ")[2].splitlines()[0]
    )  # what purge says to type when nobody needs the sales
    assert "No such file" in debian.says("ls -d /var/lib/backroom")
    assert "no such user" in debian.says("id backroom")


def test_the_other_debian_s_package_is_refused(debian: Debian) -> None:
    other = next(each for each in RELEASES if each != debian.codename)
    built(debian, FIRST, codename=other)

    said = debian.says(f"apt-get install --yes --no-install-recommends {package(FIRST, other)}")

    assert RELEASES[other].needs_python.split(", ")[debian.codename == "trixie"] in said
    assert "No such file" in debian.says("ls /usr/bin/backroom")
