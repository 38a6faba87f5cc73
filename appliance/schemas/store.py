"""The store itself on the wire: what whoever works with it has to know before anything else."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from appliance.schemas.catalogue import Product
from appliance.schemas.common import Answer, example
from appliance.schemas.operations import Role

_STORE: dict[str, Any] = {
    "store_id": "store-1",
    "name": "My store",
    "currency": "EUR",
    "decimals": 2,
    "timezone": "Europe/Berlin",
    "business_date": "2026-11-24",
    "cash_rounding": 1,
    "operators": True,
    "device_id": "till-1-tablet",
    "device_name": "Front till",
    "register_id": "till-1",
    "role": "cashier",
    "version": "0.1.0",
}


class Store(Answer):
    """The store, and as whom it knows the one who asks."""

    model_config = example(_STORE)

    store_id: str
    name: str
    currency: str
    decimals: int = Field(description="What the currency's minor unit stands for: 2 where 425 is 4.25.")
    timezone: str
    business_date: str
    cash_rounding: int = Field(description="The smallest coin, in minor units.")
    operators: bool = Field(description="Whether anybody can sign on; where nobody can, the device's role decides.")
    device_id: str
    device_name: str
    register_id: str | None = Field(description="The register the device belongs to.")
    role: Role = Field(description="The operator's where one is signed on, otherwise the device's.")
    version: str = Field(description="The program's.")


class ScanFound(Answer):
    """What a code stands for: a product, and how much of it where the label says so."""

    model_config = example(
        {
            "code": "4006381333931",
            "product": {
                "product_id": "coffee-beans-250g",
                "name": "Coffee beans 250 g",
                "kind": "stocked",
                "tax_code": "standard",
                "barcodes": ["4006381333931"],
                "price": "8.99",
                "price_list": "product",
                "currency": "EUR",
                "shelf": "A3",
                "active": True,
                "recalled": None,
                "version": 1,
            },
            "price": None,
            "quantity": None,
        }
    )

    code: str
    product: Product
    price: str | None = Field(description="The price of the whole package, where the label carries one.")
    quantity: str | None = Field(description="What the package holds, where the label carries that.")
