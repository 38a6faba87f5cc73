"""`backroom products`."""

from __future__ import annotations

import click

from appliance.cli.failures import Answered
from appliance.cli.verbs import Cli, chosen, page_options, part, verb

_COLUMNS = {
    "product": "product_id",
    "name": "name",
    "kind": "kind",
    "price": "price",
    "tax": "tax_code",
    "barcodes": "barcodes",
    "shelf": "shelf",
    "active": "active",
}
NOT_FOUND = 404


@click.group("products")
def command() -> None:
    """Look products up and define them."""


@verb(command, "list")
@page_options
@click.option("--query", metavar="WORDS", help="Words of the name or id, or a barcode.")
def list_products(cli: Cli, limit: int, cursor: str | None, query: str | None) -> None:
    """List products, or search them."""
    cli.show_list(cli.get("/products", {"limit": limit, "cursor": cursor, "query": query}), _COLUMNS)


@verb(command, "show")
@click.argument("product_id")
@click.option("--barcode", is_flag=True, help="PRODUCT_ID is a barcode.")
def show(cli: Cli, product_id: str, barcode: bool) -> None:
    """Show one product and its price in force."""
    path = f"/products/by-barcode/{part(product_id)}" if barcode else f"/products/{part(product_id)}"
    cli.show(cli.get(path), {**_COLUMNS, "price list": "price_list", "version": "version"})


@verb(command, "set", writes=True)
@click.argument("product_id")
@click.option("--name", help="What people call it; needed for a new product.")
@click.option("--kind", type=click.Choice(["stocked", "service"]), help="Whether it has stock.")
@click.option("--tax", "tax_code", metavar="CODE", help="One of the store's tax codes; needed for a new product.")
@click.option("--price", metavar="PRICE", help="In force from now on, e.g. 2.50.")
@click.option("--barcode", "barcodes", multiple=True, metavar="CODE", help="A barcode; may be given several times.")
@click.option("--shelf", help="Where it stands.")
@click.option("--active/--inactive", default=None, help="Whether it is for sale.")
def define(
    cli: Cli,
    product_id: str,
    name: str | None,
    kind: str | None,
    tax_code: str | None,
    price: str | None,
    barcodes: tuple[str, ...],
    shelf: str | None,
    active: bool | None,
) -> None:
    """Create a product, or change what is given here and keep the rest."""
    path = f"/products/{part(product_id)}"
    known: dict[str, object] = {}
    etag = None
    try:
        found = cli.get(path)
    except Answered as answered:
        if answered.status != NOT_FOUND:
            raise
    else:
        # The price is left out: to state it again would make a price list's price the product's own.
        known = {field: found.json()[field] for field in ("name", "kind", "tax_code", "barcodes", "shelf", "active")}
        etag = found.headers["etag"]
    changes = chosen(
        name=name, kind=kind, tax_code=tax_code, price=price, barcodes=[*barcodes] or None, shelf=shelf, active=active
    )
    body = {field: value for field, value in (known | dict(changes)).items() if value is not None}
    for field, option in (("name", "--name"), ("tax_code", "--tax")):
        if field not in body:
            raise click.UsageError(f"{product_id} is new: {option} is needed.")
    cli.show(cli.write("PUT", path, body, etag=etag), {**_COLUMNS, "version": "version"})
