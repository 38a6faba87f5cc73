"""The reader of sales files, on what files really hold."""

import lzma
from pathlib import Path

import pytest

from appliance.importing import reader
from appliance.importing.reader import COLUMNS, FileUnreadable, Row, read_rows

HEADER = ",".join(COLUMNS)
GOOD = "536365,85123A,HOLDER,6,2010-12-01T08:26:00,2.55,17850,United Kingdom"


def read(tmp_path: Path, content: bytes, name: str = "sales.csv") -> list[Row]:
    path = tmp_path / name
    path.write_bytes(content)
    return list(read_rows(path))


def lines(*rows: str) -> bytes:
    return "\n".join((HEADER, *rows, "")).encode()


def faults(rows: list[Row]) -> list[tuple[int, str | None]]:
    return [(row.line, row.fault) for row in rows]


def test_a_row_has_its_fields_and_its_line_number(tmp_path: Path) -> None:
    (row,) = read(tmp_path, lines(GOOD))

    assert row == Row(2, GOOD.split(","), None)


def test_xz_is_read_as_it_comes(tmp_path: Path) -> None:
    rows = read(tmp_path, lzma.compress(lines(GOOD, GOOD)), "sales.csv.xz")

    assert faults(rows) == [(2, None), (3, None)]


def test_columns_are_found_by_name_in_any_order_and_others_are_ignored(tmp_path: Path) -> None:
    names = ["Shop", *reversed(COLUMNS)]
    fields = ["north", *reversed(GOOD.split(","))]

    (row,) = read(tmp_path, "\n".join((",".join(names), ",".join(fields))).encode())

    assert list(row.fields) == GOOD.split(",")


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter(tmp_path: Path) -> None:
    (row,) = read(tmp_path, b"\xef\xbb\xbf" + lines(GOOD).replace(b"\n", b"\r\n"))

    assert row == Row(2, GOOD.split(","), None)


def test_quoted_fields_may_hold_commas_and_quotes(tmp_path: Path) -> None:
    (row,) = read(tmp_path, lines(GOOD.replace("HOLDER", '"HOLDER, 12"" WIDE"')))

    assert row.fields[2] == 'HOLDER, 12" WIDE'


def test_an_unclosed_quote_spoils_its_own_row_only(tmp_path: Path) -> None:
    rows = read(tmp_path, lines(GOOD.replace("HOLDER", '"HOLDER'), GOOD))

    assert faults(rows) == [(2, reader.BAD_QUOTING), (3, None)]


def test_broken_encoding_spoils_its_own_row_only_and_leaves_it_priced(tmp_path: Path) -> None:
    rows = read(tmp_path, lines(GOOD.replace("HOLDER", "L@NG"), GOOD).replace(b"@", b"\xe9"))

    assert faults(rows) == [(2, reader.BAD_ENCODING), (3, None)]
    assert (rows[0].fields[3], rows[0].fields[5]) == ("6", "2.55")


@pytest.mark.parametrize("cut", ["536365,85123A,HOL", "536365", "536365,85123A,HOLDER,6,2010-12-01T08:26:00,2.5"])
def test_half_a_last_line_is_a_truncated_row(tmp_path: Path, cut: str) -> None:
    rows = read(tmp_path, lines(GOOD) + cut.encode())

    assert faults(rows) == [(2, None), (3, reader.TRUNCATED_ROW)]


def test_a_whole_last_line_needs_no_newline(tmp_path: Path) -> None:
    assert faults(read(tmp_path, lines(GOOD).removesuffix(b"\n"))) == [(2, None)]


def test_too_many_fields_are_not_guessed_at(tmp_path: Path) -> None:
    assert faults(read(tmp_path, lines(GOOD + ",1"))) == [(2, reader.TOO_MANY_FIELDS)]


def test_blank_lines_are_no_rows_but_count_as_lines(tmp_path: Path) -> None:
    assert faults(read(tmp_path, lines("", GOOD, ""))) == [(3, None)]


def test_a_line_without_end_is_skipped_without_being_held(tmp_path: Path) -> None:
    rows = read(tmp_path, lines("x" * (3 * reader.MAX_LINE_BYTES), GOOD))

    assert faults(rows) == [(2, reader.LINE_TOO_LONG), (3, None)]


def test_missing_columns_spoil_every_row_and_are_named(tmp_path: Path) -> None:
    content = lines(GOOD, GOOD).replace(b"UnitPrice", b"Price")

    rows = read(tmp_path, content)

    assert faults(rows) == [(2, reader.MISSING_COLUMNS), (3, reader.MISSING_COLUMNS)]
    assert reader.missing_columns(reader.read_header(tmp_path / "sales.csv")) == ["UnitPrice"]


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", b"\n"])
def test_a_file_without_a_header_has_no_rows(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content) == []


def test_nul_characters_stay_in_their_field(tmp_path: Path) -> None:
    (row,) = read(tmp_path, lines(GOOD.replace("HOLDER", "HOL\0DER")))

    assert (row.fields[2], row.fault) == ("HOL\0DER", None)


def test_a_damaged_archive_gives_the_rows_before_the_damage_and_then_says_so(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv.xz"
    path.write_bytes(lzma.compress(lines(*[GOOD.replace("6,", f"{n},") for n in range(20_000)]))[:-200])
    read_before: list[Row] = []

    with pytest.raises(FileUnreadable, match=r"sales\.csv\.xz"):
        read_before.extend(read_rows(path))

    assert len(read_before) > 0


def test_a_file_that_is_no_archive_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable):
        read(tmp_path, lines(GOOD), "sales.csv.xz")
