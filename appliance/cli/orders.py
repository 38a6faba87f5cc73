"""`backroom orders`."""

from __future__ import annotations

from typing import Any

import click

from appliance.cli import output
from appliance.cli.bodies import json_file, read_json
from appliance.cli.output import Columns, money
from appliance.cli.verbs import Cli, page_options, part, verb

_SUMMARY: Columns = {
    "order": "order_id",
    "customer": "customer_id",
    "kind": "kind",
    "status": "status",
    "total": lambda order: f"{money(order['total_amount'], order['currency'])} {order['currency']}",
    "created": "created_at",
}
_PLACED = {"order": "order_id", "status": "status", "message": "message"}


@click.group("orders")
def command() -> None:
    """Create, find and cancel orders."""


@verb(command, "list")
@page_options
@click.option("--status", type=click.Choice(["created", "cancelled"]), help="Of one status.")
def list_orders(cli: Cli, limit: int, cursor: str | None, status: str | None) -> None:
    """List orders."""
    cli.show_list(cli.get("/orders", {"limit": limit, "cursor": cursor, "status": status}), _SUMMARY)


@verb(command, "search")
@click.argument("query")
@click.option("--page", type=click.IntRange(1), default=1, show_default=True, help="Which page.")
def search(cli: Cli, query: str, page: int) -> None:
    """Find orders by id, or by the customer's name or e-mail."""
    answer = cli.get("/orders/search", {"query": query, "page": page})
    if cli.as_json:
        click.echo(answer.content.decode())
        return
    found = answer.json()
    output.print_table(found["orders"], _SUMMARY)
    output.talk(f"{found['total_count']} found, page {found['page']} of {found['total_pages']}")


@verb(command, "show")
@click.argument("order_id")
def show(cli: Cli, order_id: str) -> None:
    """Show one order."""
    answer = cli.get(f"/orders/{part(order_id)}")
    if cli.as_json:
        click.echo(answer.content.decode())
        return
    order = answer.json()
    currency = order["currency"]
    output.print_record(
        order,
        {
            **_SUMMARY,
            "customer": lambda item: item["customer"]["name"] or item["customer"]["customer_id"],
            "to": lambda item: [*filter(None, (item["shipping_address"] or {}).values())],
        },
    )
    output.print_table(
        order["items"],
        {
            "product": "product_id",
            "name": "name",
            "quantity": "quantity",
            "price": "unit_price",
            "amount": lambda item: money(item["amount"], currency),
        },
    )


@verb(command, "create", writes=True)
@json_file
def create(cli: Cli, file: Any) -> None:
    """Create the order in FILE, in the JSON of the HTTP interface; `-` or nothing reads the standard input."""
    cli.show(cli.write("POST", "/orders", read_json(file)), _PLACED)


@verb(command, "cancel", writes=True)
@click.argument("order_id")
@click.option("--reason", default="", help="Why.")
def cancel(cli: Cli, order_id: str, reason: str) -> None:
    """Cancel an order that has not been fulfilled."""
    cli.show(cli.write("POST", f"/orders/{part(order_id)}/cancel", {"reason": reason}), _PLACED)
