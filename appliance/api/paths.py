"""The parameters in addresses: how each is described."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from appliance.schemas.common import ID_PATTERN

_UUID = "019aa9f0-5a10-7cc3-9d2b-6a4f0c1e2b3d"
_PARAMETER = re.compile(r"\{([a-z_]+)\}")


def _id(description: str, example: str = _UUID) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": ID_PATTERN}
    return {"description": description, "schema": schema, "example": example}


PATH_PARAMETERS: Mapping[str, dict[str, Any]] = {
    "sale_id": _id("The sale's id."),
    "refund_id": _id("The refund's id."),
    "order_id": _id("The order's id."),
    "customer_id": _id("The customer's id."),
    "device_id": _id("The device's id.", "till-1-tablet"),
    "operator_id": _id("The operator's id, as it is typed at a sign-on.", "anna"),
    "product_id": _id("The product's id, as the store writes it.", "coffee-beans-250g"),
    "register_id": _id("The register's id, as its receipts carry it.", "till-1"),
    "saga_id": _id("The saga's id; an order's saga has the order's."),
    "message_id": {
        "description": "The dead letter's number.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 18, "pattern": "^[0-9]+$"},
        "example": "17",
    },
    "problem_id": _id("The problem's id, as the list shows it.", "backup-old"),
    "name": _id("The projection's name, or `all`.", "stock"),
    "code": {
        "description": "As scanned.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-.0-~]+$"},
        "example": "4006381333931",
    },
    "key": {
        "description": "The Idempotency-Key of the write.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-.0-~]+$"},
        "example": "7d1c0f5e-3b57-4f0e-9f8c-0d4f6e1b2a3c",
    },
}


def parameter_names(path: str) -> list[str]:
    """The names between braces, in order."""
    return _PARAMETER.findall(path)
