"""`backroom sales`."""

from __future__ import annotations

from typing import Any

import click

from appliance.cli import documents
from appliance.cli.bodies import json_file, read_json
from appliance.cli.verbs import Cli, chosen, page_options, part, verb


@click.group("sales")
def command() -> None:
    """Ring up, read, void and refund sales."""


@verb(command, "list")
@page_options
@click.option("--date", metavar="YYYY-MM-DD", help="Of one business day.")
@click.option("--register", metavar="REGISTER", help="Of one register.")
@click.option("--kind", type=click.Choice(["sale", "void", "refund", "any"]), help="Of one kind of document.")
@click.option("--client-ref", metavar="REF", help="The one the till booked under its own reference.")
def list_sales(
    cli: Cli,
    limit: int,
    cursor: str | None,
    date: str | None,
    register: str | None,
    kind: str | None,
    client_ref: str | None,
) -> None:
    """List documents: sales, voids and refunds, newest first."""
    query = {"limit": limit, "cursor": cursor, "date": date, "register_id": register, "kind": kind}
    if client_ref is not None:
        query = {"client_ref": client_ref, "register_id": register}
    cli.show_list(
        cli.get("/sales", query),
        {
            "receipt": "receipt_number",
            "kind": "kind",
            "id": "id",
            "date": "business_date",
            "at": "occurred_at",
            "status": "status",
            "total": cli.amount("total"),
        },
    )


@verb(command, "show")
@click.argument("sale_id")
def show_sale(cli: Cli, sale_id: str) -> None:
    """Show one sale."""
    documents.show(cli, cli.get(f"/sales/{part(sale_id)}"))


@verb(command, "ring", writes=True)
@json_file
def ring(cli: Cli, file: Any) -> None:
    """Ring up the sale in FILE, in the JSON a till would send; `-` or nothing reads the standard input."""
    documents.show(cli, cli.write("POST", "/sales", read_json(file)))


@verb(command, "void", writes=True)
@click.argument("sale_id")
@click.option("--register", required=True, metavar="REGISTER", help="The register that voids it.")
@click.option("--reason", required=True, help="Why.")
@click.option("--operator", help="Who does it.")
@click.option("--approved-by", help="Who allowed it.")
def void(cli: Cli, sale_id: str, register: str, reason: str, operator: str | None, approved_by: str | None) -> None:
    """Void a sale of today as a whole."""
    body = chosen(register_id=register, reason=reason, operator=operator, approved_by=approved_by)
    documents.show(cli, cli.write("POST", f"/sales/{part(sale_id)}/void", body))


@verb(command, "refund", writes=True)
@click.argument("sale_id")
@json_file
def refund(cli: Cli, sale_id: str, file: Any) -> None:
    """Refund a sale, or the part of it that the JSON in FILE names."""
    documents.show(cli, cli.write("POST", f"/sales/{part(sale_id)}/refunds", read_json(file)))
