"""Every fact Backroom records, as it stands in the log.

An event is already true: it is never refused, changed or deleted. The names of types and fields are the
wire contract with head office and with every future version; `appliance.eventstore.codec` binds each class to its
type literal and schema version. Amounts are integers in the currency's minor unit; quantities, unit prices and
rates are decimal strings, so that no float ever touches money.

Sales, their lines, taxes, discounts and tenders are built by the ten thousand on the way of a sale and are therefore
not `frozen` (a frozen dataclass costs twice as much to build); nothing changes them once they are built.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.domain.events_access import AccessEvent
from appliance.domain.events_fulfilment import FulfilmentEvent
from appliance.domain.events_hq import HeadOfficeEvent
from appliance.domain.events_saga import SagaEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Personal data of one subject, encrypted before hashing; readable only while its key exists."""

    subject: str
    key_id: str
    nonce: str  # base64, 12 bytes
    ciphertext: str  # base64, AES-256-GCM with the tag at its end


# --- catalogue -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDefined:
    """The whole of a product as it now is; the last one wins. `price` is in force from the event's time."""

    product_id: str
    name: str
    kind: str  # "stocked" or "service"
    tax_code: str
    barcodes: tuple[str, ...] = ()
    price: str | None = None
    shelf: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPrice:
    product_id: str
    price: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceListStaged:
    """One part (at most 500 products) of a price list that is not in force yet."""

    version: str
    part: int  # from 1
    prices: tuple[ListPrice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceListActivated:
    """All parts are here: the list's prices hold for sales from `valid_from` (RFC 3339, UTC) on."""

    version: str
    valid_from: str
    parts: int
    products: int


# --- stock -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReceived:
    product_id: str
    quantity: str
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockCounted:
    """A person counted; `variance` = counted - book at that position and is what changes the stock."""

    product_id: str
    counted: str
    book: str
    variance: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAdjusted:
    product_id: str
    quantity: str  # signed
    reason: str


# --- till ------------------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class TaxPart:
    """The tax in one line: `base` + `amount` = what the line costs the customer, additive or inclusive."""

    code: str
    rate: str  # percent, "20" or "8.875"
    inclusive: bool
    base: int
    amount: int


@dataclass(slots=True, kw_only=True)
class Discount:
    kind: str  # "amount" or "percent"
    amount: int  # what it took off the line, positive
    reason: str = ""
    percent: str | None = None
    approved_by: str | None = None


@dataclass(slots=True, kw_only=True)
class SaleLine:
    """One line; `amount` = round(quantity x unit price) - discounts (+ additive tax) = tax base + tax amount."""

    line: int  # from 1
    product_id: str
    name: str
    quantity: str  # positive; in a void or refund too
    unit_price: str
    amount: int
    tax: tuple[TaxPart, ...]
    stocked: bool  # whether the line moves stock
    code: str | None = None  # as scanned
    list_price: str | None = None
    price_list: str | None = None  # the version the list price came from
    discounts: tuple[Discount, ...] = ()


@dataclass(slots=True, kw_only=True)
class Tender:
    """Money that changed hands: given `amount`, less `change` handed back."""

    type: str  # "cash", "card", "voucher", "account", "other"
    amount: int
    change: int = 0
    reference: str | None = None
    offline: bool = False


@dataclass(slots=True, kw_only=True)
class SaleCompleted:
    """One till sale, whole: sum(lines) = total; total + rounding = sum(tender.amount - tender.change)."""

    sale_id: str
    register_id: str
    receipt_number: str  # <register>-<incarnation>-<number>, gapless within the incarnation
    client_ref: str | None
    business_date: str  # YYYY-MM-DD, of the store's zone and day roll
    local_time: str  # store's wall clock with offset, RFC 3339
    clock_trusted: bool
    currency: str
    lines: tuple[SaleLine, ...]
    tenders: tuple[Tender, ...]
    total: int
    rounding: int = 0
    customer_id: str | None = None
    operator: str | None = None
    approved_by: str | None = None
    price_override_reason: str = ""  # why lines sell at another price than their list_price, where they do


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleVoided:
    """Undoes a whole sale of the same business day; carries its lines and tenders so that it folds by itself."""

    sale_id: str
    register_id: str
    receipt_number: str
    voided_receipt: str
    business_date: str
    local_time: str
    clock_trusted: bool
    currency: str
    lines: tuple[SaleLine, ...]
    tenders: tuple[Tender, ...]
    total: int
    reason: str
    rounding: int = 0
    operator: str | None = None
    approved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundCompleted:
    """Money back, all amounts positive; `sale_id` names the sale it is against, or nothing (unlinked).

    `lines[].line` is the sale's own line number when linked. `restock` says whether goods went back on the shelf.
    """

    refund_id: str
    sale_id: str | None
    register_id: str
    receipt_number: str
    client_ref: str | None
    business_date: str
    local_time: str
    clock_trusted: bool
    currency: str
    lines: tuple[SaleLine, ...]
    tenders: tuple[Tender, ...]
    total: int
    reason: str
    restock: bool = True
    rounding: int = 0
    customer_id: str | None = None
    operator: str | None = None
    approved_by: str | None = None


# --- register and drawer ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterAdded:
    register_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawerOpened:
    register_id: str
    session: int  # from 1; equals the number of the Z report that will close it
    opening_float: int
    business_date: str
    operator: str | None = None
    approved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawerPaidIn:
    register_id: str
    session: int
    amount: int
    reason: str
    operator: str | None = None
    approved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawerPaidOut:
    register_id: str
    session: int
    amount: int
    reason: str
    operator: str | None = None
    approved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawerCounted:
    register_id: str
    session: int
    counted: int
    operator: str | None = None
    approved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderTotal:
    type: str
    count: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawerClosed:
    """The Z report: closes by position, so that every sale belongs to exactly one Z, whatever the clock says.

    It covers the register's documents with after_position < position < this event's own position.
    """

    register_id: str
    session: int
    after_position: int
    business_date: str
    opening_float: int
    paid_in: int
    paid_out: int
    sales_count: int
    sales_amount: int
    refunds_count: int
    refunds_amount: int
    voids_count: int
    voids_amount: int
    tenders: tuple[TenderTotal, ...]
    expected: int
    counted: int
    difference: int
    reason: str = ""
    operator: str | None = None
    approved_by: str | None = None


# --- customer and order ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRegistered:
    customer_id: str
    personal: Sealed | None  # {name, email, phone}
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerErased:
    """From here on the subject's key is destroyed: whatever was sealed for it can never be read again."""

    customer_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderItem:
    product_id: str
    name: str
    quantity: str
    unit_price: str
    amount: int  # with the tax that comes on top, where one does
    stocked: bool = True
    tax_code: str | None = None  # nothing: ordered before orders knew their taxes
    tax_rate: str | None = None
    tax_inclusive: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCreated:
    order_id: str
    customer_id: str
    kind: str  # "delivery" or "pickup"
    items: tuple[OrderItem, ...]
    total: int
    currency: str
    business_date: str
    address: Sealed | None = None  # {street, city, state, country, postal_code}, sealed for the customer


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled:
    order_id: str
    reason: str


# --- the store itself ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreIncarnated:
    """A new life of the log: it was restored, copied or cut, and may not go on under the old numbers."""

    incarnation: int
    base_position: int
    base_hash: str  # hex
    cause: str  # "copied", "cut", "head-lost", "forked", ...
    machine: str
    lost_after: int | None = None  # the last position of the old life that was acknowledged and is gone
    lost_until: int | None = None


Event = (
    ProductDefined
    | PriceListStaged
    | PriceListActivated
    | StockReceived
    | StockCounted
    | StockAdjusted
    | SaleCompleted
    | SaleVoided
    | RefundCompleted
    | RegisterAdded
    | DrawerOpened
    | DrawerPaidIn
    | DrawerPaidOut
    | DrawerCounted
    | DrawerClosed
    | CustomerRegistered
    | CustomerErased
    | OrderCreated
    | OrderCancelled
    | StoreIncarnated
    | SagaEvent
    | AccessEvent
    | FulfilmentEvent
    | HeadOfficeEvent
)
