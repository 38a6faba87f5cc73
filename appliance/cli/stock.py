"""`backroom stock`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from appliance.cli.verbs import Cli, page_options, part, verb

_LEVEL = {
    "product": "product_id",
    "name": "name",
    "on hand": "on_hand",
    "reserved": "reserved",
    "available": "available",
    "oversold": "oversold",
}
_MOVED = {"product": "product_id", "quantity": "quantity", "position": "position"}


class _ProductAndQuantity(click.ParamType[tuple[str, str]]):
    """`tea=12`: so much of a product."""

    name = "product=quantity"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """The two parts."""
        product_id, sign, quantity = str(value).rpartition("=")
        if not (sign and product_id and quantity):
            self.fail(f"{value!r} is not of the form PRODUCT=QUANTITY, such as tea=12", param, ctx)
        return product_id, quantity


_lines = click.argument("lines", nargs=-1, required=True, type=_ProductAndQuantity(), metavar="PRODUCT=QUANTITY...")


@click.group("stock")
def command() -> None:
    """See, receive, count and adjust stock."""


@verb(command, "list")
@page_options
@click.option("--oversold", is_flag=True, help="Only what the book has below nothing.")
def list_stock(cli: Cli, limit: int, cursor: str | None, oversold: bool) -> None:
    """List stock levels."""
    query = {"limit": limit, "cursor": cursor, "oversold": "true" if oversold else None}
    cli.show_list(cli.get("/stock", query), _LEVEL)


@verb(command, "show")
@click.argument("product_id")
def show(cli: Cli, product_id: str) -> None:
    """Show a product's stock."""
    cli.show(cli.get(f"/stock/{part(product_id)}"), _LEVEL)


@verb(command, "movements")
@click.argument("product_id")
@page_options
def movements(cli: Cli, product_id: str, limit: int, cursor: str | None) -> None:
    """List what moved a product's stock, newest first."""
    cli.show_list(
        cli.get(f"/stock/{part(product_id)}/movements", {"limit": limit, "cursor": cursor}),
        {"position": "position", "kind": "kind", "quantity": "quantity", "reference": "reference", "at": "occurred_at"},
    )


@verb(command, "receive", writes=True)
@_lines
@click.option("--reference", metavar="TEXT", help="The delivery note's number.")
def receive(cli: Cli, lines: Sequence[tuple[str, str]], reference: str | None) -> None:
    """Book goods in."""
    body: dict[str, object] = {"lines": [{"product_id": product, "quantity": quantity} for product, quantity in lines]}
    if reference:
        body["reference"] = reference
    _booked(cli, "/stock/receipts", body)


@verb(command, "count", writes=True)
@_lines
@click.option("--reason", default="", help="Why it was counted.")
def count(cli: Cli, lines: Sequence[tuple[str, str]], reason: str) -> None:
    """Set the book stock to what was counted."""
    counted = [{"product_id": product, "counted": quantity} for product, quantity in lines]
    _booked(cli, "/stock/counts", {"lines": counted, "reason": reason})


@verb(command, "adjust", writes=True)
@_lines
@click.option("--reason", required=True, help="Why: breakage, theft, own use, a find.")
def adjust(cli: Cli, lines: Sequence[tuple[str, str]], reason: str) -> None:
    """Change the book stock by hand; quantities may be negative."""
    adjusted = [{"product_id": product, "quantity": quantity, "reason": reason} for product, quantity in lines]
    _booked(cli, "/stock/adjustments", {"lines": adjusted})


def _booked(cli: Cli, path: str, body: dict[str, object]) -> None:
    cli.show_lines(cli.write("POST", path, body), _MOVED)
