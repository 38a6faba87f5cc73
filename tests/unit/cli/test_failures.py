"""How failures are told."""

import sqlite3
from pathlib import Path

import click
import pytest

from appliance.cli import root
from appliance.cli.failures import Answered, connection_lost
from appliance.domain.refusals import SaleNotFound


def ending_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of a command that raises this."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(root.root, "main", fail)
    return root.run([])


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (SaleNotFound("There is no sale 'x'."), 1, "error: There is no such sale: There is no sale 'x'. Look the"),
        (Answered(409, {"title": "No", "detail": "Not so", "hint": "Do it."}), 1, "error: No: Not so. Do it."),
        (Answered(502, {}), 1, "error: The store refused: status 502."),
        (connection_lost(OSError("gone")), 1, "error: The store stopped answering: gone. See whether"),
        (OSError(28, "No space left on device"), 1, "error: The machine failed: [Errno 28] No space left"),
        (sqlite3.OperationalError("disk I/O error"), 1, "error: The machine failed: disk I/O error. Run `backroom"),
        (click.Abort(), 130, "error: interrupted"),
        (KeyboardInterrupt(), 130, "error: interrupted"),
        (click.UsageError("no such thing"), 2, "Error: no such thing"),
    ],
)
def test_a_failure_is_one_line_and_an_exit_code(
    error: BaseException,
    code: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ending_with(error, monkeypatch) == code

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(told)
    assert captured.err.count("\n") == 1


def test_a_defect_of_ours_is_one_line_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    root._unforeseen(ValueError, ValueError("of no use\nto anybody"), None)

    assert capsys.readouterr().err == (
        "error: Something went wrong inside backroom: ValueError: of no use to anybody. Please report this line.\n"
    )


@pytest.mark.parametrize("arguments", [["nonsense"], ["sales", "nonsense"], ["sales", "show"], ["--nonsense"]])
def test_what_cannot_be_understood_is_a_usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run(arguments) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("verb", [["products", "list"], ["verify"], ["dump"], ["sales", "show", "x"]])
def test_a_verb_that_reads_makes_no_store(verb: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "nothing"

    assert root.run(["--data", str(data), *verb]) == 1
    assert "There is no store here" in capsys.readouterr().err
    assert not data.exists()


def test_settings_that_cannot_be_used_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[store]\ncurrency = "pounds"\n')

    assert root.run(["--config", str(config), "config", "check"]) == 1
    assert "store.currency" in capsys.readouterr().err


def test_settings_are_shown_as_they_are_in_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKROOM__STORE__NAME", "Corner shop")

    assert root.run(["--data", str(tmp_path), "config", "show"]) == 0
    out = capsys.readouterr().out
    assert "Corner shop" in out
    assert str(tmp_path) in out


@pytest.mark.parametrize("behind", [True, False])
def test_the_store_is_named_before_or_behind_the_verb(
    behind: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named, verb = ["--data", str(tmp_path / "shop")], ["config", "show"]

    assert root.run(verb + named if behind else named + verb) == 0
    assert str(tmp_path / "shop") in capsys.readouterr().out
