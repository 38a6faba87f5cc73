"""`backroom customers`."""

from __future__ import annotations

import click

from appliance.cli.verbs import Cli, chosen, page_options, part, verb

_COLUMNS = {
    "customer": "customer_id",
    "name": "name",
    "e-mail": "email",
    "phone": "phone",
    "country": "country",
    "erased": "erased",
}


@click.group("customers")
def command() -> None:
    """Add, find, export and erase customers."""


@verb(command, "add", writes=True)
@click.option("--name", required=True, help="Kept sealed, like e-mail and phone.")
@click.option("--email", help="E-mail address.")
@click.option("--phone", help="Phone number.")
@click.option("--country", help="Not personal: stays in reports.")
def add(cli: Cli, name: str, email: str | None, phone: str | None, country: str | None) -> None:
    """Add a customer."""
    body = chosen(name=name, email=email, phone=phone, country=country)
    cli.show(cli.write("POST", "/customers", body), {"customer": "customer_id", "country": "country"})


@verb(command, "list")
@page_options
@click.option("--query", metavar="WORDS", help="Beginnings of words of name, e-mail or phone.")
def list_customers(cli: Cli, limit: int, cursor: str | None, query: str | None) -> None:
    """List customers, or search them."""
    cli.show_list(cli.get("/customers", {"limit": limit, "cursor": cursor, "query": query}), _COLUMNS)


@verb(command, "show")
@click.argument("customer_id")
def show(cli: Cli, customer_id: str) -> None:
    """Show one customer."""
    cli.show(cli.get(f"/customers/{part(customer_id)}"), _COLUMNS)


@verb(command, "erase", writes=True)
@click.argument("customer_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(cli: Cli, customer_id: str, yes: bool) -> None:
    """Destroy the key to a customer's personal data, for good; sales and totals stay."""
    if not yes:
        click.confirm(f"Erase the personal data of {customer_id} for good?", abort=True, err=True)
    cli.show(cli.write("DELETE", f"/customers/{part(customer_id)}"), {"customer": "customer_id", "erased": "erased"})


@verb(command, "export")
@click.argument("customer_id")
def export(cli: Cli, customer_id: str) -> None:
    """Print all that is known of a customer, opened, as JSON: for the customer, whose right that is."""
    click.echo(cli.get(f"/customers/{part(customer_id)}/export").content.decode())
