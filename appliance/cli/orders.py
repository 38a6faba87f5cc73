"""`backroom orders`."""

from __future__ import annotations

from typing import Any

import click

from appliance.cli import output
from appliance.cli.bodies import json_file, read_json
from appliance.cli.output import Columns, money
from appliance.cli.verbs import Cli, chosen, page_options, part, verb
from appliance.domain.order import STATUSES

_SUMMARY: Columns = {
    "order": "order_id",
    "customer": "customer_id",
    "kind": "kind",
    "status": "status",
    "total": lambda order: f"{money(order['total_amount'], order['currency'])} {order['currency']}",
    "created": "created_at",
}
_STEPS: Columns = {
    "step": "step",
    "way": "direction",
    "status": "status",
    "attempts": "attempts",
    "begun": "started_at",
    "ended": "finished_at",
    "errors": lambda step: [f"{each['code']}: {each['detail']}" for each in step["errors"]],
}
_PLACED = {"order": "order_id", "status": "status", "message": "message"}


@click.group("orders")
def command() -> None:
    """Create, find, pick, hand over and cancel orders."""


@verb(command, "list")
@page_options
@click.option("--status", type=click.Choice(STATUSES), help="Of one status.")
def list_orders(cli: Cli, limit: int, cursor: str | None, status: str | None) -> None:
    """List orders."""
    cli.show_list(cli.get("/orders", {"limit": limit, "cursor": cursor, "status": status}), _SUMMARY)


@verb(command, "counts")
def counts(cli: Cli) -> None:
    """Count the orders under way, by state."""
    answer = cli.get("/orders/counts")
    if cli.as_json:
        click.echo(answer.content.decode())
        return
    found = [{"status": status, "orders": count} for status, count in answer.json()["counts"].items()]
    output.print_table(found, {"status": "status", "orders": "orders"})


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
            "why": "reason",
            "payment": lambda item: _of(item["payment"], "status", "transaction_id", "failure_reason"),
            "shipment": lambda item: _of(item["shipment"], "status", "carrier", "tracking_number"),
        },
    )
    items: Columns = {
        "product": "product_id",
        "name": "name",
        "quantity": "quantity",
        "price": "unit_price",
        "amount": lambda item: money(item["amount"], currency),
    }
    output.print_table(order["items"], items)
    if order["steps"]:
        output.talk("steps:")
        output.print_table(order["steps"], _STEPS)
    if order["picked"]:
        output.talk("picked:")
        output.print_table(order["picked"]["items"], {**items, "instead of": "substitute_for"})


@verb(command, "create", writes=True)
@json_file
def create(cli: Cli, file: Any) -> None:
    """Create the order in FILE, in the JSON of the HTTP interface; `-` or nothing reads the standard input."""
    cli.show(cli.write("POST", "/orders", read_json(file)), _PLACED)


@verb(command, "pick", writes=True)
@click.argument("order_id")
@click.option(
    "--short",
    "shorts",
    type=(int, str),
    multiple=True,
    metavar="LINE PICKED",
    help="A line of which less was there, and how much. May be given several times.",
)
@click.option(
    "--substitute",
    "substitutes",
    type=(int, str, str),
    multiple=True,
    metavar="LINE PRODUCT QUANTITY",
    help="What stands in for what is short of a line.",
)
@click.option("--operator", help="Who picked it.")
def pick(
    cli: Cli,
    order_id: str,
    shorts: tuple[tuple[int, str], ...],
    substitutes: tuple[tuple[int, str, str], ...],
    operator: str | None,
) -> None:
    """Say that a pickup has been picked; what is not named as short was there as it was ordered."""
    lines: dict[int, dict[str, Any]] = {line: {"line": line, "picked": picked} for line, picked in shorts}
    for line, product, quantity in substitutes:
        if line not in lines:
            message = f"nothing is short of line {line}: name what was picked of it with --short {line} QUANTITY"
            raise click.UsageError(message)
        lines[line]["substitute"] = {"product_id": product, "quantity": quantity}
    body = {"lines": list(lines.values()), **chosen(operator=operator)}
    cli.show(cli.write("POST", f"/orders/{part(order_id)}/pick", body), _PLACED)


@verb(command, "handover", writes=True)
@click.argument("order_id")
@click.option("--operator", help="Who hands it over.")
def handover(cli: Cli, order_id: str, operator: str | None) -> None:
    """Give a pickup to its customer."""
    cli.show(cli.write("POST", f"/orders/{part(order_id)}/handover", chosen(operator=operator)), _PLACED)


@verb(command, "cancel", writes=True)
@click.argument("order_id")
@click.option("--reason", default="", help="Why.")
def cancel(cli: Cli, order_id: str, reason: str) -> None:
    """Cancel an order that has not been fulfilled."""
    cli.show(cli.write("POST", f"/orders/{part(order_id)}/cancel", {"reason": reason}), _PLACED)


def _of(part_of_order: dict[str, Any] | None, *names: str) -> list[str]:
    return [] if part_of_order is None else [str(part_of_order[name]) for name in names if part_of_order[name]]
