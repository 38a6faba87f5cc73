"""`backroom run`, and every other command beside it."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import COLUMNS, Backroom, backroom_in
from tests.support.running import Running, running

STARTER = "--first-start-catalogue"
SALE = {
    "register_id": "till-1",
    "currency": "GBP",
    "lines": [{"barcode": "9521000000018", "quantity": "2"}],
    "tenders": [{"type": "cash", "amount": 2000}],
}


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    return backroom_in(tmp_path, capsys)


@pytest.fixture
def store(backroom: Backroom) -> Iterator[Running]:
    with running(backroom, STARTER) as store:
        yield store


def test_a_first_start_can_sell_at_once(store: Running) -> None:
    sale = store.post("/sales", SALE, "first")

    assert (sale.status_code, sale.json()["total"]) == (201, 1298)


def test_commands_beside_a_running_store_speak_to_it(backroom: Backroom, store: Running) -> None:
    store.post("/sales", SALE, "first")

    assert backroom.answer("sales", "list")["items"][0]["total"] == 1298
    assert backroom.answer("stock", "show", "coffee-250g")["on_hand"] == "46"
    assert backroom.answer("idempotency", "show", "first", "--register", "till-1")["status"] == 201
    assert backroom.answer("verify")["status"] == "clean"
    assert backroom.answer("migrate")["running"] is True
    assert "runs the store and answers" in backroom.ok("doctor").out


def test_a_file_is_imported_beside_a_store_that_sells(backroom: Backroom, store: Running) -> None:
    store.post("/sales", SALE, "first")
    path = backroom.config.parent / "sales.csv"
    path.write_text(f"{COLUMNS}\n536365,85123A,HOLDER,6,2010-12-01T08:26:00,2.55,17850,United Kingdom\n")

    found = backroom.answer("import", "sales", path)

    assert (found["balanced"], found["store_total"], found["other_total"]) == (True, 1530 + 1298, 1298)


def test_the_log_is_followed_live(backroom: Backroom, store: Running) -> None:
    arguments = [sys.executable, "-m", "appliance", *backroom.given("events", "tail", "--after", "0", "--json")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as tail:
        try:
            assert tail.stdout is not None
            begun = tail.stdout.readline()
            store.post("/sales", SALE, "first")
            followed = next(line for line in tail.stdout if "sale.completed" in line)
        finally:
            tail.kill()

    assert '"position":1,' in begun.replace(" ", "")
    assert '"type":"sale.completed"' in followed.replace(" ", "")


def test_the_token_of_a_first_start_stands_in_no_file(backroom: Backroom, store: Running) -> None:
    token = store.ready["token"].encode()

    assert [path.name for path in backroom.data.iterdir() if path.is_file() and token in path.read_bytes()] == []


def test_only_the_owner_can_open_what_the_store_writes(backroom: Backroom, store: Running) -> None:
    store.post("/sales", SALE, "first")

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in backroom.data.iterdir()}
    assert modes.pop("control.sock") == 0o660
    assert {name for name, mode in modes.items() if mode & 0o077} == set()
    assert stat.S_IMODE(backroom.data.stat().st_mode) == 0o700


def test_a_later_start_adds_nothing(backroom: Backroom) -> None:
    with running(backroom, STARTER) as first:
        first.post("/sales", SALE, "first")
        assert first.stop() == 0
    before = backroom.ok("dump").out

    with running(backroom, STARTER) as second:
        assert second.ready["token"] is None
        assert second.stop() == 0

    assert backroom.ok("dump").out == before


def test_a_second_store_on_the_same_directory_is_refused(backroom: Backroom, store: Running) -> None:
    said = backroom("run", "--port", "0")

    assert said.code == 1
    assert said.err.startswith("error: Another process is using this data directory")
    assert str(store.process.pid) in said.err


def test_a_taken_port_is_said_to_be_taken(backroom: Backroom, store: Running) -> None:
    port = store.ready["url"].rpartition(":")[2]

    said = backroom.on("other")("run", "--port", port)

    assert said.code == 1
    assert said.err.startswith("error: The port is taken")


def test_following_needs_a_store_that_runs(backroom: Backroom) -> None:
    backroom.ok("migrate")

    assert "The store is not running" in backroom("events", "tail").err


def test_a_socket_that_a_killed_store_left_is_no_obstacle(backroom: Backroom) -> None:
    with running(backroom, STARTER) as store:
        store.process.kill()
        store.process.wait()
    assert (backroom.data / "control.sock").exists()

    assert len(backroom.answer("products", "list")["items"]) == 12


def test_a_reader_that_leaves_early_ends_a_command_quietly(backroom: Backroom) -> None:
    backroom.ok("migrate")
    command = [sys.executable, "-m", "appliance", *backroom.given("openapi")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_colours_are_for_terminals_only(backroom: Backroom) -> None:
    backroom.ok("migrate")
    command = [sys.executable, "-m", "appliance", *backroom.given("doctor")]

    said = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"TERM": "xterm"})

    assert "\x1b" not in said.stdout + said.stderr


def test_a_data_directory_with_a_long_path_is_spoken_to_like_any_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / ("deep" * 20) / ("down" * 20)
    place.mkdir(parents=True)
    backroom = backroom_in(place, capsys)
    with running(backroom, STARTER) as store:
        store.post("/sales", SALE, "first")

        assert (backroom.data / "control.sock").is_socket()
        assert backroom.answer("sales", "list")["items"][0]["total"] == 1298
        assert store.stop() == 0
    assert not (backroom.data / "control.sock").exists()
