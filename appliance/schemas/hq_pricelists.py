"""A price list in head office's CATALOGUE bucket: its parts, and the manifest that makes a list of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from appliance.schemas.catalogue import Moment
from appliance.schemas.common import ID_PATTERN, Body, Id, UnitPrice, example

MAX_PARTS = 1_000
MAX_PART_PRICES = 500  # a record of the log holds this many with room to spare
MAX_PART_BYTES = 512 * 1024
MAX_MANIFEST_BYTES = 256 * 1024

Key = Annotated[str, Field(pattern=r"^[-/_=.a-zA-Z0-9]+$", max_length=256)]


class Manifest(Body):
    """Stands under `<common or store>.pricelists.<version>`, and is put there last."""

    model_config = example(
        {
            "version": "2026-w48",
            "valid_from": "2026-11-23T06:00:00Z",
            "keys": ["common.prices.2026-w48.1"],
            "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        }
    )

    version: str = Field(pattern=ID_PATTERN, max_length=64)
    valid_from: Moment = Field(description="RFC 3339 with an offset; may lie ahead.")
    keys: list[Key] = Field(min_length=1, max_length=MAX_PARTS, description="The parts, in order.")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="Of the parts' bytes, one after the other.")


class PricedProduct(Body):
    """The price of one product."""

    product_id: Id
    price: UnitPrice
    barcodes: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(
        [], max_length=100, description="What it is scanned by, where head office wants that checked: no code twice."
    )


class Part(Body):
    """One part of a list."""

    version: str = Field(pattern=ID_PATTERN, max_length=64)
    part: int = Field(ge=1, le=MAX_PARTS)
    prices: list[PricedProduct] = Field(min_length=1, max_length=MAX_PART_PRICES)
