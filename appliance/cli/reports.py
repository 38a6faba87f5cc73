"""`backroom reports`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from appliance.cli import output
from appliance.cli.verbs import Cli, page_options, verb

Row = Mapping[str, Any]


@click.group("reports")
def command() -> None:
    """See what business days came to."""


@verb(command, "day")
@click.argument("date", metavar="YYYY-MM-DD")
def day(cli: Cli, date: str) -> None:
    """Show the totals of a business day: by tender, by tax rate, hour by hour."""
    answer = cli.get("/reports/day", {"date": date})
    if cli.as_json:
        cli.show(answer)
        return
    report = answer.json()
    output.print_table(
        _rows(report), {date: "what", "": "key", "count": "count", "amount": lambda row: cli.money(row["amount"])}
    )


@verb(command, "days")
@page_options
def days(cli: Cli, limit: int, cursor: str | None) -> None:
    """List the business days and what each came to, newest first."""
    cli.show_list(
        cli.get("/reports/days", {"limit": limit, "cursor": cursor}),
        {"date": "date", "sales": "sales", "total": cli.amount("total")},
    )


def _rows(report: Row) -> Iterator[Row]:
    for name in ("sales", "refunds", "voids", "rounding"):
        yield {"what": name, "key": "", **report[name]}
    for name, key in (("tenders", "type"), ("discounts", "kind"), ("hours", "hour")):
        for row in report[name]:
            yield {"what": name, "key": row[key], "count": row["count"], "amount": row["amount"]}
    for row in report["taxes"]:
        key = f"{row['code']} {row['rate']}%"
        yield {"what": "taxes", "key": key, "count": row["count"], "amount": row["amount"]}
    yield {"what": "total", "key": "", "count": None, "amount": report["total"]}
