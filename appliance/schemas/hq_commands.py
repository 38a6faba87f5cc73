"""What head office can send a store: the command on the wire, and `COMMANDS`, the one registry of their types.

A command is one JSON object on `stores.<store>.commands.<type>`. Its id is its own for ever: the same id with the same
bytes is the same command and is carried out once, however often it comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from appliance.schemas.access import AddOperator
from appliance.schemas.catalogue import DefineProduct, Moment
from appliance.schemas.common import (
    ID_PATTERN,
    MAX_LINES,
    Body,
    Currency,
    GivenReason,
    Id,
    Quantity,
    Reason,
    example,
)
from appliance.schemas.customers import RegisterCustomer
from appliance.schemas.operations import Role
from appliance.schemas.orders import Address, OrderedItem

MAX_COMMAND_BYTES = 512 * 1024  # head office's server takes no longer message either

StoreId = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]


class Command(Body):
    """What stands around every command; `data` is of the type's own form."""

    model_config = example(
        {
            "command_id": "recall-2026-117",
            "type": "product.recall",
            "issued_at": "2026-11-24T08:00:00Z",
            "store": "store-1",
            "data": {"recall_id": "2026-117", "product_id": "coffee-beans-250g", "reason": "glass in one package"},
        }
    )

    command_id: str = Field(pattern=ID_PATTERN, max_length=64, description="Its own for ever; repeat it to repeat.")
    type: str = Field(max_length=64)
    issued_at: Moment = Field(description="When head office meant it; RFC 3339 with an offset.")
    store: StoreId = Field(description="Whom it is for; any other store refuses it.")
    expires_at: Moment | None = Field(None, description="Past this the store refuses it: it came too late.")
    data: dict[str, Any]


class CreateOrder(Body):
    """An order that this store fulfils; with `customer` the store gets to know the customer first."""

    order_id: Id
    customer_id: Id
    customer: RegisterCustomer | None = None
    kind: Literal["delivery", "pickup"] = "delivery"
    items: list[OrderedItem] = Field(min_length=1, max_length=MAX_LINES)
    shipping_address: Address | None = Field(None, description="A delivery needs one.")
    currency: Currency | None = None


class CancelOrder(Body):
    """Take an order back while nothing has been done."""

    order_id: Id
    reason: Reason = ""


class TransferredLine(Body):
    """So much of one product."""

    product_id: Id
    quantity: Quantity


class TransferIn(Body):
    """Goods that came from another store."""

    transfer_id: Id
    from_store: StoreId
    lines: list[TransferredLine] = Field(min_length=1, max_length=MAX_LINES)


class TransferOut(Body):
    """Goods that went to another store."""

    transfer_id: Id
    to_store: StoreId
    lines: list[TransferredLine] = Field(min_length=1, max_length=MAX_LINES)


class RecallProduct(Body):
    """No till may sell it until the recall is lifted."""

    recall_id: Id
    product_id: Id
    reason: GivenReason


class LiftRecall(Body):
    """It may be sold again."""

    recall_id: Id
    product_id: Id
    reason: Reason = ""


class ShutRegister(Body):
    """Take no new sales on a register; its drawer is counted and closed as ever."""

    register_id: Id
    reason: GivenReason


class ReopenRegister(Body):
    """Take sales on it again."""

    register_id: Id
    reason: Reason = ""


class HqProduct(DefineProduct):
    """A product as head office defines it; the same as PUT /products, and its id."""

    product_id: Id


class ChangeSetting(Body):
    """Set a policy for this store over what the SETTINGS bucket says; null takes it back."""

    key: str = Field(max_length=64)
    value: Any


class ChangeOperatorRole(Body):
    """Give an operator another role; their sessions end."""

    operator_id: Id
    role: Role


class DisableOperator(Body):
    """Let nobody in under this name any more."""

    operator_id: Id
    reason: Reason = ""


COMMANDS: Mapping[str, type[Body]] = {
    "order.create": CreateOrder,
    "order.cancel": CancelOrder,
    "stock.transfer_in": TransferIn,
    "stock.transfer_out": TransferOut,
    "product.define": HqProduct,
    "product.recall": RecallProduct,
    "product.lift_recall": LiftRecall,
    "register.shut": ShutRegister,
    "register.reopen": ReopenRegister,
    "operator.add": AddOperator,
    "operator.change_role": ChangeOperatorRole,
    "operator.disable": DisableOperator,
    "settings.change": ChangeSetting,
}
"""Type -> the form of its `data`. What each becomes stands under the same names in `appliance.sync.translation`."""
