"""What comes out of the log: one safe JSON line each, whoever says it and whatever it holds."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from appliance.observability import logs
from appliance.observability.correlation import correlated


@pytest.fixture
def journal() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    out = io.StringIO()
    logs.configure("info", out, terminal=False)
    yield out
    root.handlers, root.level = before, level


def said(journal: io.StringIO) -> list[tuple[str, dict[str, object]]]:
    lines = journal.getvalue().splitlines()
    return [(line[:3], json.loads(line[3:])) for line in lines]


@pytest.mark.parametrize(
    ("level", "priority"), [("info", "<6>"), ("warning", "<4>"), ("error", "<3>"), ("critical", "<2>")]
)
def test_a_line_begins_with_the_priority_that_journald_reads(journal: io.StringIO, level: str, priority: str) -> None:
    getattr(logging.getLogger("backroom.test"), level)("something happened")

    ((found, line),) = said(journal)
    assert found == priority
    assert (line["event"], line["level"], line["logger"]) == ("something happened", level, "backroom.test")


@pytest.mark.parametrize("name", ["uvicorn.error", "nats.aio.client", "dramatiq.worker.WorkerThread"])
def test_libraries_come_out_the_same_way_and_their_chatter_does_not(journal: io.StringIO, name: str) -> None:
    logging.getLogger(name).info("chatter")
    logging.getLogger(name).warning("trouble with %s", "a line")

    ((_, line),) = said(journal)
    assert (line["event"], line["logger"]) == ("trouble with a line", name)


def test_a_line_names_the_work_it_belongs_to(journal: io.StringIO) -> None:
    with correlated("0199-a", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
        logging.getLogger("backroom.test").warning("within")
    logging.getLogger("backroom.test").warning("without")

    (_, within), (_, without) = said(journal)
    assert within["correlation_id"] == "0199-a"
    assert "correlation_id" not in without


@pytest.mark.parametrize(
    "evil", ["two\nlines", 'a"}\n<0>{"event": "forged"', "\x1b[2Jcleared", "\u2028split", "\u202eback", "a\rb\x00c"]
)
def test_nothing_in_a_line_ends_it_or_speaks_to_a_terminal(journal: io.StringIO, evil: str) -> None:
    logging.getLogger("backroom.test").warning("given: %s", evil, extra={"given": evil})

    text = journal.getvalue()
    assert text.count("\n") == 1
    assert text.rstrip("\n").isprintable()
    assert said(journal)[0][1]["given"] == evil


@pytest.mark.parametrize(
    "secret",
    [
        "Bearer abc.def-123",
        "4111 1111 1111 1111",
        "4111111111111111",
        "ada@example.org",
        "nats://user:hunter2@hq:4222",
        "pin=4711",
        "password: swordfish",
    ],
)
def test_secrets_and_people_are_hidden_wherever_they_stand(journal: io.StringIO, secret: str) -> None:
    try:
        raise ValueError(f"it was {secret} indeed")  # noqa: TRY301  a traceback is wanted
    except ValueError:
        logging.getLogger("backroom.test").exception(
            "got %s", secret, extra={"detail": secret, "deep": [{"a": secret}]}
        )

    text = journal.getvalue()
    for part in (secret, "abc.def", "hunter2", "4711", "swordfish", "4111"):
        assert part not in text
    assert "[hidden]" in text


def test_fields_of_secret_names_are_hidden_whatever_they_hold(journal: io.StringIO) -> None:
    logging.getLogger("backroom.test").warning(
        "x", extra={"token": "t", "operator_pin": 4711, "email": "e", "register": 7}
    )

    line = said(journal)[0][1]
    assert (line["token"], line["operator_pin"], line["email"], line["register"]) == (*["[hidden]"] * 3, 7)


def test_ids_and_positions_are_not_taken_for_card_numbers(journal: io.StringIO) -> None:
    given = "0199f000-0000-7000-8000-000000000001"
    logging.getLogger("backroom.test").warning("request %s at %s", given, "4006381333931")

    assert given in journal.getvalue()


def test_for_a_terminal_there_are_words_that_cannot_speak_to_it() -> None:
    out, root = io.StringIO(), logging.getLogger()
    before, level = list(root.handlers), root.level
    logs.configure("info", out, terminal=True)
    logging.getLogger("backroom.test").warning("hello \x1b[31m%s", "there\nforged")
    root.handlers, root.level = before, level

    assert "hello \\x1b[31mthere\\nforged" in out.getvalue()
    assert out.getvalue().count("\n") == 1


def test_the_level_changes_while_it_runs(journal: io.StringIO) -> None:
    logs.set_level("error")
    logging.getLogger("backroom.test").warning("not now")

    assert journal.getvalue() == ""
