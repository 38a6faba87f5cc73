"""The console's language: gettext catalogues read by Babel, and sums, dates and quantities as the locale writes them.

A text is its own English; `mark` marks one that is said later. What is not in a catalogue is said in English.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, numbers
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent / "locale"
DOMAINS = ("console", "refusals")  # what the console says, and what the store says no with
ENGLISH = "en"
MINUTE = len("2026-11-24T09:30")
_SOURCES = ("BACKROOM_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


def mark(text: str) -> str:
    """A text that is said later, so that catalogues know of it."""
    return text


def catalogues() -> tuple[str, ...]:
    """The languages there are besides English."""
    return tuple(sorted(each.parent.parent.name for each in FOLDER.glob(f"*/LC_MESSAGES/{DOMAINS[0]}.po")))


def locale_of(wanted: str | None, environ: Mapping[str, str] = os.environ) -> str:
    """The locale asked for, or the environment's; English where neither is one."""
    for given in (wanted, *(environ.get(name) for name in _SOURCES)):
        plain = (given or "").partition(".")[0].partition("@")[0].replace("-", "_")
        try:
            return str(Locale.parse(plain))
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return ENGLISH


class Texts:
    """One locale's way to say things."""

    def __init__(self, locale: str = ENGLISH) -> None:
        self.locale = Locale.parse(locale)
        self._known = _catalogue(self.locale.language)

    def __call__(self, text: str, /, **values: object) -> str:
        """The text in this language, its {places} filled."""
        said = self._known.get(text, text) if text else text
        return said.format(**values) if values else said

    def money(self, minor: int | None, decimals: int, currency: str = "") -> str:
        """A sum in minor units, with the currency's code where one is given."""
        if minor is None:
            return ""
        sum_ = f"{Decimal(minor).scaleb(-decimals):,.{decimals}f}".translate(_signs(self.locale))
        return f"{sum_} {currency}".rstrip()

    def quantity(self, text: str | None) -> str:
        """A quantity, of at most three places."""
        try:
            return numbers.format_decimal(Decimal(text or ""), "#,##0.###", self.locale)
        except InvalidOperation:
            return text or ""

    def number(self, value: float) -> str:
        """A plain number."""
        return numbers.format_decimal(value, locale=self.locale)

    def decimal(self, typed: str) -> Decimal | None:
        """What somebody typed as a number, in the locale's way or with a point; None where it is none."""
        text = typed.strip().replace(" ", "").replace("\u00a0", "")
        if not text.lstrip("-").replace(".", "").replace(",", "").isdecimal():
            return None
        try:
            return Decimal(text) if "," not in text else numbers.parse_decimal(text, self.locale, strict=True)
        except (InvalidOperation, numbers.NumberFormatError):
            return None

    def minor(self, typed: str, decimals: int) -> int | None:
        """A typed sum in minor units; None where it is none or too fine."""
        value = self.decimal(typed)
        scaled = None if value is None else value.scaleb(decimals)
        return int(scaled) if scaled is not None and scaled == scaled.to_integral_value() else None

    def moment(self, utc: str | None, zone: ZoneInfo) -> str:
        """Date and time of day in the store's zone."""
        return _minute(utc[:MINUTE], zone, self.locale) if _parsed(utc) is not None and utc is not None else ""

    def clock(self, utc: str | None, zone: ZoneInfo) -> str:
        """The time of day in the store's zone."""
        at = _parsed(utc)
        return "" if at is None else dates.format_time(at, "HH:mm:ss", tzinfo=zone, locale=self.locale)

    def day(self, iso: str) -> str:
        """A calendar day."""
        try:
            return dates.format_date(date.fromisoformat(iso), "full", locale=self.locale)
        except ValueError:
            return iso

    def span(self, seconds: float) -> str:
        """How long, roughly."""
        return dates.format_timedelta(int(seconds), granularity="second", threshold=1.2, locale=self.locale)


@lru_cache(4096)  # a list says few minutes many times
def _minute(utc: str, zone: ZoneInfo, locale: Locale) -> str:
    return dates.format_datetime(datetime.fromisoformat(utc), "short", tzinfo=zone, locale=locale)


@lru_cache  # a list says a hundred sums: Babel's own way through patterns takes a page's time for them
def _signs(locale: Locale) -> Mapping[int, str]:
    return {ord(","): numbers.get_group_symbol(locale), ord("."): numbers.get_decimal_symbol(locale)}


def _parsed(utc: str | None) -> datetime | None:
    try:
        return None if utc is None else datetime.fromisoformat(utc)
    except ValueError:
        return None


@lru_cache
def _catalogue(language: str) -> Mapping[str, str]:
    for name in catalogues():
        if Locale.parse(name).language == language:
            folder = FOLDER / name / "LC_MESSAGES"
            return {id_: said for domain in DOMAINS for id_, said in _read(folder / f"{domain}.po")}
    return {}


def _read(path: Path) -> Iterator[tuple[str, str]]:
    with path.open("rb") as file:
        found = read_po(file)
    return ((str(each.id), str(each.string)) for each in found if each.id and each.string and not each.fuzzy)
