"""What people see."""

import json

import pytest

from appliance.cli import output


def test_amounts_are_written_with_the_currencys_places() -> None:
    assert [output.money(123_456, "EUR"), output.money(-5, "GBP"), output.money(500, "JPY")] == [
        "1234.56",
        "-0.05",
        "500",
    ]


def test_a_table_in_a_pipe_cuts_nothing_and_ends_no_line_in_spaces(capsys: pytest.CaptureFixture[str]) -> None:
    items: list[dict[str, object]] = [
        {"id": "a" * 60, "name": "b" * 60, "total": 1},
        {"id": "c", "name": None, "total": 200},
    ]

    output.print_table(items, output.fields("id", "name", "total"))

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert "a" * 60 in lines[1]
    assert [line for line in lines if line != line.rstrip()] == []


def test_text_from_the_store_is_never_taken_for_markup(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table([{"name": "[red]tea[/red] \x1b"}], output.fields("name"))

    assert "[red]tea[/red]" in capsys.readouterr().out


def test_a_record_leaves_out_what_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_record({"a": 1, "b": None, "c": [], "d": False}, output.fields("a", "b", "c", "d"))

    assert capsys.readouterr().out.split() == ["a", "1", "d", "no"]


def test_json_is_one_line_of_utf_8(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json({"name": "Gift voucher £40"})

    out = capsys.readouterr().out
    assert (json.loads(out), out.count("\n"), "£" in out) == ({"name": "Gift voucher £40"}, 1, True)
