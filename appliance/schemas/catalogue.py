"""Products and price lists on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field
from pydantic_core import PydanticCustomError

from appliance.schemas.common import Answer, Body, Id, Name, Reference, UnitPrice, example

MAX_LIST_PRICES = 50_000
MAX_BARCODES = 100

Barcode = Annotated[str, Field(max_length=64)]

EARLIEST_YEAR, LATEST_YEAR = 1970, 9998  # any offset of them is still a time


def _in_our_time(moment: datetime) -> datetime:
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise PydanticCustomError("far_time", "must be a time from {first} to {last}", {"first": 1970, "last": 9998})
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_in_our_time)]
"""A time with an offset that any calendar can hold."""

_PRODUCT: dict[str, Any] = {
    "name": "Coffee beans 250 g",
    "kind": "stocked",
    "tax_code": "standard",
    "barcodes": ["4006381333931"],
    "price": "8.99",
    "shelf": "A3",
    "active": True,
}


class DefineProduct(Body):
    """All that is known of a product; what is left out is not kept from before."""

    model_config = example(_PRODUCT)

    name: Name
    kind: Literal["stocked", "service"] = "stocked"
    tax_code: str = Field(max_length=64, description="One of the store's tax codes.")
    barcodes: list[Barcode] = Field(
        [], max_length=MAX_BARCODES, description="A code moves here from whichever product had it."
    )
    price: UnitPrice | None = Field(None, description="In force from now on, until a price list says otherwise.")
    shelf: Reference | None = None
    active: bool = True


class Product(Answer):
    """A product as it now is; `price` is the one in force at this moment."""

    model_config = example(
        {
            "product_id": "coffee-beans-250g",
            **_PRODUCT,
            "price_list": "product",
            "currency": "EUR",
            "recalled": None,
            "version": 1,
        }
    )

    product_id: str
    name: str
    kind: str
    tax_code: str
    barcodes: list[str]
    price: str | None
    price_list: str | None = Field(description="The price list the price came from; `product` where from none.")
    currency: str
    shelf: str | None
    active: bool
    recalled: str | None = Field(description="Why no till may sell it now, as head office said; null where it may.")
    version: int


class ProductDefined(Answer):
    """A product as it was written down."""

    model_config = example({"product_id": "coffee-beans-250g", **_PRODUCT, "version": 1, "position": 17})

    product_id: str
    name: str
    kind: str
    tax_code: str
    barcodes: list[str]
    price: str | None
    shelf: str | None
    active: bool
    version: int
    position: int


class ListPrice(Body):
    """The price of one product in a list."""

    product_id: Id
    price: UnitPrice


class LoadPriceList(Body):
    """A whole price list; it is all in force at `valid_from`, or refused."""

    model_config = example(
        {
            "version": "2026-w48",
            "valid_from": "2026-11-23T06:00:00Z",
            "prices": [{"product_id": "coffee-beans-250g", "price": "7.99"}],
        }
    )

    version: Id
    valid_from: Moment = Field(description="RFC 3339 with an offset; may lie ahead.")
    prices: list[ListPrice] = Field(min_length=1, max_length=MAX_LIST_PRICES)


_LIST = {
    "version": "2026-w48",
    "valid_from": "2026-11-23T06:00:00.000000Z",
    "parts": 1,
    "products": 1,
}


class PriceListLoaded(Answer):
    """A price list that is in the log, whole."""

    model_config = example({**_LIST, "position": 19})

    version: str
    valid_from: str
    parts: int
    products: int
    position: int


class PriceList(Answer):
    """A price list the store has; the last four are null while parts are missing."""

    model_config = example({**_LIST, "position": 19})

    version: str
    valid_from: str | None
    parts: int | None
    products: int | None
    position: int | None
