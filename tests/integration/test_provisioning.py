"""Head office's server is made what its stores need, as often as one likes, and says where it is otherwise."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.cli.root import run
from appliance.hq.connection import connected
from appliance.hq.failures import ProvisionRefused
from appliance.hq.folder import open_folder
from appliance.hq.provision import Findings, Provisioner, limits_of
from appliance.hq.resources import Life, Options
from tests.support.head_office import HeadOffice, head_office
from tests.support.natsd import NatsServer, free_port
from tests.support.upstream import Lifeline, sales

STORE = "store-a"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path, STORE, "store-b") as found:
        yield found


def provision(office: HeadOffice, *arguments: str) -> int:
    return run(["hq", "provision", "--folder", str(office.folder.path), "--server", office.natsd.url, *arguments])


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_second_run_changes_nothing(office: HeadOffice, capsys: pytest.CaptureFixture[str]) -> None:
    assert provision(office, STORE, "--json") == 0

    told = printed(capsys)
    assert (told["made"], told["changed"], told["drift"], told["written"]) == ([], [], [], [])


def test_a_check_finds_everything_as_it_should_be(office: HeadOffice) -> None:
    assert provision(office, "--check") == 0


async def _spoil(office: HeadOffice) -> None:
    async with connected(office.server) as js:
        config = (await js.ask("STREAM.INFO.KV_SETTINGS"))["config"]
        await js.ask("STREAM.UPDATE.KV_SETTINGS", {**config, "max_age": 600_000_000_000})
        await js.ask(f"CONSUMER.DELETE.HQ_COMMANDS.{STORE}")
        await js.ask("STREAM.DELETE.STORE_store-b_1")


def test_a_check_names_what_is_otherwise_and_a_run_mends_it(
    office: HeadOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_spoil(office))

    assert provision(office, "--check", "--json") == 1
    assert sorted(printed(capsys)["drift"]) == [
        "KV_SETTINGS: max_age is 600000000000 and should be 0. Mend it: backroom hq provision",
        f"consumer {STORE} of HQ_COMMANDS is missing. Mend it: backroom hq provision {STORE}",
        "stream STORE_store-b_1 is missing. Mend it: backroom hq provision store-b",
    ]
    assert provision(office) == 0
    assert provision(office, "--check") == 0


def test_a_new_life_gets_the_subjects_and_the_former_stays_readable(office: HeadOffice) -> None:
    assert provision(office, STORE, "--incarnation", "2", "--base", "41") == 0
    assert provision(office, "--check") == 0
    assert open_folder(office.folder.path).life(STORE) == Life(STORE, 2, 41)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["Store_1"], "no store id"),
        ([STORE, "--incarnation", "2"], "needs both"),
        ([STORE, "store-b", "--incarnation", "2", "--base", "1"], "one store's"),
        ([STORE, "--incarnation", "1", "--base", "7"], "that is for ever"),
        ([STORE, "--recreate"], "add --yes"),
        ([STORE, "--public-key", "nonsense"], "public nkey"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    office: HeadOffice, capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    assert provision(office, *arguments) == 1

    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1


def test_the_first_run_writes_the_files_and_says_what_to_do_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = f"nats://127.0.0.1:{free_port()}"

    assert run(["hq", "provision", "--folder", str(tmp_path / "hq"), "--server", nowhere, STORE]) == 1

    assert "do the same again" in capsys.readouterr().err
    written = [path for path in (tmp_path / "hq").rglob("*") if path.is_file()]
    assert {path.name for path in written} == {"accounts.conf", "hq.seed", "stores.json", f"{STORE}.seed"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}


def test_a_store_may_not_provision(office: HeadOffice, capsys: pytest.CaptureFixture[str]) -> None:
    seed = str(office.folder.seed(STORE))

    assert provision(office, "--check", "--credentials", seed) == 1
    assert "does not let us in" in capsys.readouterr().err


async def _publish(office: HeadOffice, count: int) -> Lifeline:
    line = Lifeline(Life(STORE))
    line.record(*sales(count))
    async with connected(office.server) as js:
        await line.publish(js)
    return line


def test_a_recreated_stream_is_empty_and_begins_where_it_did(office: HeadOffice) -> None:
    asyncio.run(_publish(office, 3))

    assert provision(office, STORE, "--recreate", "--yes") == 0
    assert asyncio.run(_publish(office, 2)).position == 2


def test_a_released_claim_may_be_taken_by_another_box(office: HeadOffice) -> None:
    asyncio.run(_claim(office))

    assert provision(office, STORE, "--release-claim") == 0
    assert asyncio.run(_operation(office)) == "DEL"


async def _claim(office: HeadOffice) -> None:
    async with connected(office.server) as js:
        await js.client.request(f"$KV.CLAIMS.{STORE}", b"box one")


async def _operation(office: HeadOffice) -> str:
    async with connected(office.server) as js:
        answer = await js.client.request(f"$JS.API.DIRECT.GET.KV_CLAIMS.$KV.CLAIMS.{STORE}", b"")
        return str((answer.headers or {})["KV-Operation"])


def test_a_hollowed_stream_and_one_that_begins_elsewhere_are_drift_that_no_run_hides(
    office: HeadOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_hollow(office))

    assert provision(office, STORE, "--json") == 1
    assert "first event is 3 and should be 1" in " ".join(printed(capsys)["drift"])


async def _hollow(office: HeadOffice) -> None:
    await _publish(office, 4)
    async with connected(office.server) as js:
        config = (await js.ask(f"STREAM.INFO.STORE_{STORE}_1"))["config"]
        await js.ask(f"STREAM.UPDATE.STORE_{STORE}_1", {**config, "max_msgs": 2})


def test_a_server_without_jetstream_is_told_in_plain_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with NatsServer(tmp_path / "plain") as natsd:
        natsd.whole = f'listen: "127.0.0.1:{natsd.port}"\n'
        natsd.stop()
        natsd.start()

        assert run(["hq", "provision", "--folder", str(tmp_path / "hq"), "--server", natsd.url, STORE]) == 1

    assert "no JetStream for this account" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("version", "lacks"),
    [((2, 15, 1), 0), ((2, 12, 0), 1), ((2, 11, 3), 2), ((2, 10, 26), 3)],
)
def test_an_older_server_is_told_what_it_lacks(version: tuple[int, int, int], lacks: int) -> None:
    assert len(limits_of(version)) == lacks


def test_a_server_that_is_too_old_is_refused() -> None:
    with pytest.raises(ProvisionRefused, match=r"2\.9\.10.*need 2\.10"):
        limits_of((2, 9, 10))


ANEW = f"Mend it: backroom hq provision {STORE} --recreate --yes; the store sends all of it again"


async def _made_by_hand(office: HeadOffice, stream: str, **settings: Any) -> None:
    """Somebody deletes it and makes it again, with these settings of their own."""
    async with connected(office.server) as js:
        config = (await js.ask(f"STREAM.INFO.{stream}"))["config"]
        await js.ask(f"STREAM.DELETE.{stream}")
        await js.ask(f"STREAM.CREATE.{stream}", {**config, **settings})


def drift(office: HeadOffice, capsys: pytest.CaptureFixture[str], *, of: int = 1) -> list[str]:
    """What a check says, sorted."""
    assert provision(office, "--check", "--json") == of
    return sorted(printed(capsys)["drift"])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"first_seq": 50}, "first_seq is 50 and should not be set"),
        ({"storage": "memory"}, "storage is 'memory' and should be 'file'"),
        ({"retention": "workqueue"}, "retention is 'workqueue' and should be 'limits'"),
    ],
)
def test_a_stream_made_anew_with_what_it_keeps_for_ever_is_named_and_recreated(
    office: HeadOffice, capsys: pytest.CaptureFixture[str], settings: dict[str, Any], told: str
) -> None:
    asyncio.run(_made_by_hand(office, f"STORE_{STORE}_1", **settings))

    assert f"STORE_{STORE}_1: {told}. {ANEW}" in drift(office, capsys)
    assert provision(office, STORE, "--recreate", "--yes") == 0
    assert provision(office, "--check") == 0


def test_a_stream_that_was_told_to_begin_at_1_is_noted_and_of_an_old_server_is_drift(
    office: HeadOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_made_by_hand(office, f"STORE_{STORE}_1", first_seq=1))

    assert provision(office, "--check", "--json") == 0
    [noted] = printed(capsys)["notes"]
    assert f"STORE_{STORE}_1 was made with first_seq 1" in noted
    assert noted.endswith(ANEW)
    assert asyncio.run(_as_of(office, (2, 10, 26))).drift.count(noted) == 1


async def _as_of(office: HeadOffice, version: tuple[int, int, int]) -> Findings:
    """A check as if the server were as old as that."""
    async with connected(office.server) as js:
        checking = Provisioner(js, Options(server=version), fix=False)
        await checking.stores([Life(STORE)])
        return checking.findings


def test_an_emptied_stream_is_told_from_a_new_one(office: HeadOffice, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(_empty(office))

    assert drift(office, capsys) == [
        f"STORE_{STORE}_1 is hollow: it has been emptied, and would go on at 4. {ANEW}",
        f"STORE_{STORE}_1: deny_purge is False and should be True. Mend it: backroom hq provision {STORE}",
    ]


async def _empty(office: HeadOffice) -> None:
    await _made_by_hand(office, f"STORE_{STORE}_1", deny_purge=False)
    await _publish(office, 3)
    async with connected(office.server) as js:
        await js.ask(f"STREAM.PURGE.STORE_{STORE}_1")


def test_a_stream_made_anew_behind_its_store_is_drift_until_the_store_has_sent_again(
    office: HeadOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_claim_as_a_box_does(office))
    assert provision(office, "--check") == 0
    capsys.readouterr()
    asyncio.run(_made_by_hand(office, f"STORE_{STORE}_1"))

    [told] = drift(office, capsys)
    assert f"STORE_{STORE}_1 was made anew at 20" in told
    assert "The store sends all again by itself once it is connected" in told
    asyncio.run(_publish(office, 2))
    assert provision(office, "--check") == 0


async def _claim_as_a_box_does(office: HeadOffice) -> None:
    async with connected(office.server) as js:
        await js.client.request(f"$KV.CLAIMS.{STORE}", json.dumps({"machine": "box", "incarnation": 1}).encode())


def test_buckets_made_anew_with_other_settings_are_mended_or_told(
    office: HeadOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    narrow = {"discard_new_per_subject": True, "allow_rollup_hdrs": False, "deny_purge": True}
    asyncio.run(_made_by_hand(office, "KV_SETTINGS", **narrow))

    assert drift(office, capsys)[:3] == [
        "KV_SETTINGS: allow_rollup_hdrs is False and should be True. Mend it: backroom hq provision",
        "KV_SETTINGS: deny_purge is True and should be False. Mend it: backroom hq provision",
        "KV_SETTINGS: discard_new_per_subject is True and should not be set. Mend it: backroom hq provision",
    ]
    assert provision(office, "--json") == 1
    told = printed(capsys)["drift"]
    assert any("which the server does not change" in each and "nats stream rm KV_SETTINGS" in each for each in told)
    asyncio.run(_made_by_hand(office, "KV_SETTINGS", discard_new_per_subject=True, deny_purge=False))
    assert provision(office) == 0
    assert provision(office, "--check") == 0


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"deliver_policy": "new"}, "deliver_policy is 'new' and should be 'all'"),
        ({"ack_policy": "all"}, "ack_policy is 'all' and should be 'explicit'"),
        ({"deliver_subject": "elsewhere"}, "deliver_subject is 'elsewhere' and should not be set"),
        ({"inactive_threshold": 60_000_000_000}, "inactive_threshold is 60000000000 and should not be set"),
        ({"headers_only": True}, "headers_only is True and should not be set"),
        ({"filter_subject": f"stores.{STORE}.commands.one"}, f"should be 'stores.{STORE}.commands.>'"),
    ],
)
def test_a_consumer_made_anew_with_other_settings_is_told_and_mended(
    office: HeadOffice, capsys: pytest.CaptureFixture[str], settings: dict[str, Any], told: str
) -> None:
    asyncio.run(_consumer_made_by_hand(office, settings))

    assert any(told in each and each.endswith(f"backroom hq provision {STORE}") for each in drift(office, capsys))
    assert provision(office, STORE) == 0
    assert provision(office, "--check") == 0


async def _consumer_made_by_hand(office: HeadOffice, settings: dict[str, Any]) -> None:
    async with connected(office.server) as js:
        config = (await js.ask(f"CONSUMER.INFO.HQ_COMMANDS.{STORE}"))["config"]
        await js.ask(f"CONSUMER.DELETE.HQ_COMMANDS.{STORE}")
        pulled = {name: value for name, value in config.items() if name != "max_waiting"}
        body = {"stream_name": "HQ_COMMANDS", "config": {**pulled, **settings}}
        await js.ask(f"CONSUMER.CREATE.HQ_COMMANDS.{STORE}", body)
