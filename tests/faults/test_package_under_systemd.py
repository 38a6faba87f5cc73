"""The package in a clean Debian 13: it sells there too, and systemd does what its units ask of it."""

import json
from collections.abc import Iterator

import pytest

from tests.faults.support.debian_root import Debian, booted, prepared, why_not
from tests.faults.support.hanging import hanging
from tests.faults.support.packages import AS_STORE, FIRST, built, install, opened, ready, sell
from tests.support.polling import wait_until

HANGS_SECONDS = 120  # the watchdog's period is shortened to two

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(1_800),
    pytest.mark.skipif(why_not() is not None, reason=f"the package in a Debian root: {why_not()}"),
]


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Debian]:
    with booted(prepared("trixie"), tmp_path_factory.mktemp("debian"), "trixie") as found:
        built(found, FIRST)
        install(found, FIRST)
        yield found


@pytest.fixture(scope="module")
def token(debian: Debian) -> str:
    return opened(debian)


def drop_in(debian: Debian, unit: str, text: str) -> None:
    folder = debian.root / f"etc/systemd/system/{unit}.d"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "test.conf").write_text(text)
    debian.run("systemctl daemon-reload")


def test_a_sale_is_taken_copied_and_proven(debian: Debian, token: str) -> None:
    first = sell(debian, token, "first")

    debian.run("systemctl start backroom-backup.service")

    assert sell(debian, token, "first") == first
    assert "clean" in debian.run(f"{AS_STORE} verify")
    assert len(json.loads(debian.run("backroom backup list --json"))["items"]) == 1
    assert "backroom-backup.timer" in debian.run("systemctl list-timers --no-legend")


def test_the_running_unit_is_exposed_to_little(debian: Debian) -> None:
    said = debian.run("systemd-analyze security --no-pager --threshold=15 backroom.service backroom-backup.service")

    assert "Overall exposure level" in said


def test_changed_settings_are_read_while_it_sells(debian: Debian, token: str) -> None:
    process = debian.main_process("backroom")
    settings = debian.root / "etc/backroom/config.toml"
    settings.write_text(settings.read_text() + "\n[limits]\nconnections_per_address = 77\n")

    debian.run("systemctl reload backroom")

    told = "journalctl --no-pager -u backroom"
    assert wait_until(lambda: "limits.connections_per_address" in debian.says(told), 60)
    assert sell(debian, token, "reloaded")["receipt_number"]
    assert debian.main_process("backroom") == process != 0


def test_the_manual_and_completion_are_there_without_a_network(debian: Debian) -> None:
    completed = debian.run(
        "bash -c '. /usr/share/bash-completion/completions/backroom; COMP_WORDS=(backroom back); COMP_CWORD=1; "
        "_backroom_completion backroom; echo ${COMPREPLY[@]}'"
    )

    assert completed.split() == ["backup"]
    assert "SYNOPSIS" in debian.run("zcat /usr/share/man/man1/backroom.1.gz")
    assert "Never lost" in debian.run("cat /usr/share/doc/backroom/html/explanation.html")


def test_a_backup_that_fails_is_told_at_the_top_of_the_journal(debian: Debian) -> None:
    drop_in(debian, "backroom-backup.service", "[Service]\nExecStart=\nExecStart=/bin/false\n")

    assert "failed" in debian.says("systemctl start backroom-backup.service")

    told = "journalctl --no-pager -t backroom -p crit"
    assert wait_until(lambda: "backroom-backup.service failed. Run: backroom doctor" in debian.says(told), 60)


def test_a_store_whose_writer_hangs_is_started_again_and_sells(debian: Debian, token: str) -> None:
    drop_in(debian, "backroom.service", "[Service]\nWatchdogSec=2\nTimeoutAbortSec=5\n")
    debian.run("systemctl restart backroom")
    ready(debian)
    before = sell(debian, token, "before")
    process = debian.main_process("backroom")

    with hanging(process) as threads:
        assert threads
        wait_until(lambda: "watchdog" in debian.says("journalctl --no-pager -u backroom").lower(), HANGS_SECONDS)
    wait_until(lambda: debian.main_process("backroom") not in {0, process}, HANGS_SECONDS)
    ready(debian)

    assert sell(debian, token, "before") == before
    assert sell(debian, token, "after")["receipt_number"] != before["receipt_number"]


def test_what_is_optional_works_within_what_the_unit_may_do(debian: Debian, token: str) -> None:
    outside = (
        "BACKROOM__TRACING__ENDPOINT=http://127.0.0.1:4318/v1/traces",
        "BACKROOM__INTEGRATION__PAYMENT__ADAPTER=grpc",
        "BACKROOM__INTEGRATION__PAYMENT__ADDRESS=grpc://127.0.0.1:50051",
    )
    drop_in(debian, "backroom.service", "[Service]\n" + "".join(f"Environment={each}\n" for each in outside))
    debian.run("systemctl restart backroom")
    ready(debian)

    assert sell(debian, token, "traced")["receipt_number"]


def test_a_hard_kill_is_no_matter(debian: Debian, token: str) -> None:
    sold = sell(debian, token, "killed")
    debian.run("systemctl kill --signal=KILL backroom")
    wait_until(lambda: "Main process exited" in debian.says("journalctl --no-pager -u backroom"), HANGS_SECONDS)
    ready(debian)

    assert sell(debian, token, "killed") == sold
