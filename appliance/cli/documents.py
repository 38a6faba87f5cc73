"""How sales, voids and refunds are shown to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
import httpx

from appliance.cli import output
from appliance.cli.output import money
from appliance.cli.verbs import Cli


def show(cli: Cli, answer: httpx.Response) -> None:
    """A document: its head, its lines, how it was paid."""
    if cli.as_json:
        click.echo(answer.content.decode())
        return
    document = answer.json()
    currency = document["currency"]
    output.print_record(
        document,
        {
            "sale": "sale_id",
            "refund": "refund_id",
            "receipt": "receipt_number",
            "reference": "client_ref",
            "status": "status",
            "at": "local_time",
            "customer": "customer_id",
            "operator": "operator",
            "reason": "reason",
            "total": lambda item: f"{money(item['total'], currency)} {currency}",
            "rounding": lambda item: money(item["rounding"], currency) if item["rounding"] else "",
            "paid": lambda item: [_tender(each, currency) for each in item["tenders"]],
        },
    )
    output.print_table(
        document["lines"],
        {
            "line": "line",
            "product": "product_id",
            "name": "name",
            "quantity": "quantity",
            "price": "unit_price",
            "amount": lambda line: money(line["amount"], currency),
        },
    )


def _tender(tender: Mapping[str, Any], currency: str) -> str:
    change = f" less {money(tender['change'], currency)} change" if tender["change"] else ""
    return f"{tender['type']} {money(tender['amount'], currency)}{change}"
