"""A machine that is not as it should be: a disk that takes nothing, files of somebody else's, a clock of 1970."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.cli import root
from tests.faults.support.scale import allowed
from tests.faults.support.small_disk import small_disk
from tests.support.api import sale, serving, stocked

pytestmark = [pytest.mark.faults, pytest.mark.timeout(allowed(300))]

NOBODY = 65_534
EXIT_ERROR = 1


@pytest.fixture
def disk(place: Path) -> Iterator[Path]:
    """A small disk of its own."""
    with small_disk(place, 64 * 1024 * 1024) as folder:
        yield folder


def remounted(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def started(data: Path, said: Path, *, user: int | None = None) -> int:
    """`backroom run` in a process of its own, as a user; how it ended, and what it said in a file."""
    child = os.fork()
    if child == 0:
        with said.open("w") as out:
            os.dup2(out.fileno(), 1)
            os.dup2(out.fileno(), 2)
            sys.stdout = sys.stderr = out
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            code = root.run(["--data", str(data), "run", "--port", "0"])
            out.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


async def sold_before(data: Path) -> None:
    async with serving(data) as shop:
        await stocked(shop)
        assert (await shop.post("/sales", sale())).status_code == 201


async def sells(data: Path) -> bool:
    async with serving(data) as shop:
        sold = await shop.post("/sales", sale(), role="support")
        return (sold.status_code, len((await shop.get("/sales", role="support")).json()["items"])) == (201, 2)


async def test_a_disk_that_takes_nothing_is_told_in_plain_words_and_nothing_is_lost(disk: Path, place: Path) -> None:
    data, said = disk / "data", place / "said"
    await sold_before(data)
    remounted(disk, "ro")
    code = started(data, said)
    remounted(disk, "rw")

    assert code == EXIT_ERROR
    assert "Traceback" not in said.read_text()
    assert "ead-only" in said.read_text()
    assert await sells(data)


async def test_a_folder_of_another_owner_is_told_in_plain_words_and_left_alone(place: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("another user can only be tried by root")
    data, said = place / "data", place / "said"
    await sold_before(data)  # by root; and all that the child needs is loaded by now, which others may not read
    os.chmod(data, 0o700)  # noqa: PTH101  the path is no business of the loop's
    os.chmod(place, 0o755)  # noqa: PTH101, S103  the same
    code = started(data, said, user=NOBODY)

    assert code != 0
    assert "Traceback" not in said.read_text()
    assert "is not readable" in said.read_text()
    assert await sells(data)


async def test_in_1970_a_till_sells_on_and_the_sale_says_that_its_time_is_not_to_be_trusted(place: Path) -> None:
    async with serving(place / "data") as shop:
        await stocked(shop)
        shop.services.clock = lambda: datetime(1970, 1, 1, 0, 5, tzinfo=UTC)

        sold = await shop.post("/sales", sale())

        assert sold.status_code == 201, sold.text
        read = (await shop.get(f"/sales/{sold.json()['sale_id']}")).json()
        assert (read["clock_trusted"], read["business_date"]) == (False, "1970-01-01")
        assert {each["kind"] for each in (await shop.get("/problems")).json()["items"]} >= {"clock-wrong"}
