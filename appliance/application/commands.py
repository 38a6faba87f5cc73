"""Everything the store can be asked to do: one class a request, named in the imperative.

A command says what is wanted and may be refused. It carries every id it needs, made at the edge, so that the
same request repeated is the same command. Quantities, unit prices and percentages are decimal strings;
amounts are integers in the currency's minor unit; personal data is already sealed. `expected_version` is the
version of the addressed stream that the client last saw (If-Match); None asks for no check.

The parts of a sale are not `frozen`, as in `appliance.domain.events`: they are built by the ten thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from appliance.application.commands_access import AccessCommand
from appliance.application.commands_fulfilment import FulfilmentCommand
from appliance.application.commands_hq import HeadOfficeCommand
from appliance.domain.events import ListPrice, Sealed

# --- catalogue ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DefineProduct:
    """Create a product, or replace all that is known of it."""

    product_id: str
    name: str
    kind: str = "stocked"  # or "service"
    tax_code: str
    barcodes: tuple[str, ...] = ()
    price: str | None = None
    shelf: str | None = None
    active: bool = True
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPriceList:
    """Put a whole price list into the log, in force from `valid_from` (aware) on; a version loads once."""

    version: str
    valid_from: datetime
    prices: tuple[ListPrice, ...]


# --- stock --------------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class ReceivedLine:
    """Goods of one product that came in."""

    product_id: str
    quantity: str  # positive


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveStock:
    """Book goods in; `reference` is the delivery note's number."""

    receipt_id: str
    lines: tuple[ReceivedLine, ...]
    reference: str = ""


@dataclass(slots=True, kw_only=True)
class CountedLine:
    """What a person found of one product."""

    product_id: str
    counted: str  # zero or more


@dataclass(frozen=True, slots=True, kw_only=True)
class CountStock:
    """Set the book stock to what a person counted on the shelf."""

    count_id: str
    lines: tuple[CountedLine, ...]
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class AdjustedLine:
    """A change of one product's book stock, with its reason."""

    product_id: str
    quantity: str  # signed, not zero
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustStock:
    """Change the book stock by hand: breakage, theft, own use, a find."""

    adjustment_id: str
    lines: tuple[AdjustedLine, ...]


# --- till ---------------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class GivenDiscount:
    """Something off a line; `approved_by` is who allowed it."""

    kind: str  # "amount" (then `amount`) or "percent" (then `percent`)
    amount: int | None = None
    percent: str | None = None
    reason: str = ""
    approved_by: str | None = None


@dataclass(slots=True, kw_only=True)
class RungUpLine:
    """What the till rang up: a product by its id or by the code that was scanned, exactly one of the two."""

    product_id: str | None = None
    barcode: str | None = None
    quantity: str = "1"
    unit_price: str | None = None  # nothing: the price in force
    discounts: tuple[GivenDiscount, ...] = ()


@dataclass(slots=True, kw_only=True)
class GivenTender:
    """Money handed over (or back, in a refund); change is worked out, never told."""

    type: str  # "cash", "card", "voucher", "account", "other"
    amount: int
    reference: str | None = None
    offline: bool = False


@dataclass(slots=True, kw_only=True)
class RingUpSale:
    """Book one till sale, whole."""

    sale_id: str
    register_id: str
    client_ref: str | None = None
    currency: str
    lines: tuple[RungUpLine, ...]
    tenders: tuple[GivenTender, ...] = ()
    customer_id: str | None = None
    operator: str | None = None
    approved_by: str | None = None
    price_override_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidSale:
    """Undo a whole sale of the same business day, on whichever register."""

    sale_id: str
    register_id: str
    reason: str
    operator: str | None = None
    approved_by: str | None = None
    expected_version: int | None = None


@dataclass(slots=True, kw_only=True)
class RefundedLine:
    """Part of a line of the sale, by the sale's own line number."""

    line: int
    quantity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSale:
    """Give money back against a sale; `lines` None refunds whatever of it is left."""

    sale_id: str
    refund_id: str
    register_id: str
    client_ref: str | None = None
    lines: tuple[RefundedLine, ...] | None
    tenders: tuple[GivenTender, ...] = ()
    reason: str
    restock: bool = True
    operator: str | None = None
    approved_by: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundUnlinked:
    """Give money back for goods whose sale nobody can name."""

    refund_id: str
    register_id: str
    client_ref: str | None = None
    currency: str
    lines: tuple[RungUpLine, ...]
    tenders: tuple[GivenTender, ...] = ()
    reason: str
    restock: bool = True
    customer_id: str | None = None
    operator: str | None = None
    approved_by: str | None = None


# --- register and drawer ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRegister:
    """Make a register known to the store, or rename it."""

    register_id: str
    name: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDrawer:
    """Begin the day at a register with so much cash in its drawer."""

    register_id: str
    opening_float: int
    operator: str | None = None
    approved_by: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayIn:
    """Put cash into the drawer that no sale brought."""

    register_id: str
    amount: int
    reason: str
    operator: str | None = None
    approved_by: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayOut:
    """Take cash out of the drawer that no refund took."""

    register_id: str
    amount: int
    reason: str
    operator: str | None = None
    approved_by: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountDrawer:
    """Write down what is in the drawer now; changes nothing else."""

    register_id: str
    counted: int
    operator: str | None = None
    approved_by: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDrawer:
    """Make the Z report: everything on the register since the last one is closed with it."""

    register_id: str
    counted: int
    reason: str = ""  # why counted and expected differ, where they do
    operator: str | None = None
    approved_by: str | None = None
    expected_version: int | None = None


# --- customer and order -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCustomer:
    """Make a customer known; registering one again replaces what is known of them."""

    customer_id: str
    personal: Sealed | None  # {name, email, phone}
    country: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseCustomer:
    """Destroy the key to a customer's personal data."""

    customer_id: str
    reason: str = ""
    expected_version: int | None = None


@dataclass(slots=True, kw_only=True)
class OrderedItem:
    """So much of one product, at a price."""

    product_id: str
    quantity: str
    unit_price: str | None = None  # nothing: the price in force


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOrder:
    """Promise goods to a customer; refused when they are not there."""

    order_id: str
    customer_id: str
    kind: str = "delivery"  # or "pickup"
    items: tuple[OrderedItem, ...]
    address: Sealed | None = None  # a delivery needs one
    currency: str | None = None  # nothing: the store's
    approved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Take back an order that has not been fulfilled."""

    order_id: str
    reason: str = ""
    expected_version: int | None = None


Command = (
    DefineProduct
    | LoadPriceList
    | ReceiveStock
    | CountStock
    | AdjustStock
    | RingUpSale
    | VoidSale
    | RefundSale
    | RefundUnlinked
    | AddRegister
    | OpenDrawer
    | PayIn
    | PayOut
    | CountDrawer
    | CloseDrawer
    | RegisterCustomer
    | EraseCustomer
    | CreateOrder
    | CancelOrder
    | AccessCommand
    | FulfilmentCommand
    | HeadOfficeCommand
)
