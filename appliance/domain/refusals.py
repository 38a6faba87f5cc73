"""Why the domain says no: one class a reason, each with a stable code and the next step for people."""

from __future__ import annotations

from typing import Any, ClassVar


class Refusal(Exception):
    """A command that cannot be carried out; nothing has been written.

    `facts` are plain values a client may act on; `at` is a JSON pointer into the request where one fits.
    """

    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "The request was refused"
    hint: ClassVar[str] = "Correct the request and send it again."
    status: ClassVar[int] = 409

    def __init__(self, detail: str, *, at: str | None = None, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.at = at
        self.facts = facts

    def within(self, prefix: str) -> Refusal:
        """The same refusal seen from further out: "/quantity" within "/lines/3" is "/lines/3/quantity"."""
        self.at = prefix + (self.at or "")
        return self


# --- what is addressed does not exist: 404 ------------------------------------------------------------------


class NotFound(Refusal):
    """The address names nothing."""

    code = "not-found"
    title = "There is no such thing"
    hint = "Check the id in the address."
    status = 404


class SaleNotFound(NotFound):
    """No sale has this id."""

    code = "sale-not-found"
    title = "There is no such sale"
    hint = "Look the sale up by its client_ref or its receipt number."


class RegisterNotFound(NotFound):
    """No register has this id."""

    code = "register-not-found"
    title = "There is no such register"
    hint = "Add the register first, or list the registers to see their ids."


class CustomerNotFound(NotFound):
    """No customer has this id."""

    code = "customer-not-found"
    title = "There is no such customer"
    hint = "Search the customer by name."


class OrderNotFound(NotFound):
    """No order has this id."""

    code = "order-not-found"
    title = "There is no such order"
    hint = "Search the order by customer."


# --- what is asked for makes no sense: 422 ------------------------------------------------------------------


class Invalid(Refusal):
    """The content of the request can never be carried out as it is."""

    code = "invalid"
    title = "The request asks for something that cannot be"
    status = 422


class InvalidId(Invalid):
    """An id of characters or a length that ids do not have."""

    code = "invalid-id"
    title = "An id is not well formed"
    hint = "Use 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit."


class InvalidText(Invalid):
    """A text that is too long, or has characters nobody can see."""

    code = "invalid-text"
    title = "A text is not well formed"
    hint = "Leave out control characters and shorten the text."


class InvalidChoice(Invalid):
    """A word that is none of those allowed here."""

    code = "invalid-choice"
    title = "A value is none of those allowed"
    hint = "Use one of the allowed values."


class InvalidQuantity(Invalid):
    """A quantity that is no decimal, or that no store sells or holds."""

    code = "invalid-quantity"
    title = "A quantity is out of bounds"
    hint = 'Send a decimal string of at most 3 places, such as "2" or "0.350", no larger than 1000000.'


class InvalidPrice(Invalid):
    """A unit price that is no decimal, or absurd."""

    code = "invalid-price"
    title = "A price is out of bounds"
    hint = 'Send a decimal string of at most 6 places, such as "4.25", from 0 to 1000000.'


class InvalidAmount(Invalid):
    """A sum of money that is out of bounds."""

    code = "invalid-amount"
    title = "An amount is out of bounds"
    hint = "Send whole minor units, such as 425 for 4.25."


class InvalidRate(Invalid):
    """A percentage that is out of bounds."""

    code = "invalid-rate"
    title = "A percentage is out of bounds"
    hint = 'Send a decimal string, such as "20" or "8.875".'


class InvalidBarcode(Invalid):
    """A code that was meant to be a GTIN and is mistyped, or is too long."""

    code = "invalid-barcode"
    title = "A barcode is not well formed"
    hint = "Type the code again from the label, or scan it."


class TooMany(Invalid):
    """More lines, tenders or prices than one request may carry."""

    code = "too-many"
    title = "The request has too many parts"
    hint = "Split the request."


class NothingGiven(Invalid):
    """A request without a single line."""

    code = "nothing-given"
    title = "The request has no lines"
    hint = "Send at least one line."


class GivenTwice(Invalid):
    """The same thing twice where each may stand once."""

    code = "given-twice"
    title = "The same thing is given twice"
    hint = "Send each of them once."


class UnknownCurrency(Invalid):
    """A code that is no currency."""

    code = "unknown-currency"
    title = "The currency does not exist"
    hint = "Send the ISO 4217 code of the store's currency."


class CurrencyMismatch(Invalid):
    """Money of a currency this store does not sell in."""

    code = "currency-mismatch"
    title = "The store sells in another currency"
    hint = "Send amounts in the store's currency."


class UnknownProduct(Invalid):
    """A line names a product the store does not have."""

    code = "unknown-product"
    title = "The product is not known"
    hint = "Check the product id or scan the code again; a new product has to be defined first."


class UnknownRegister(Invalid):
    """The request comes from a register the store does not have."""

    code = "unknown-register"
    title = "The register is not known"
    hint = "Add the register first, or correct the till's register id."


class UnknownCustomer(Invalid):
    """The request names a customer the store does not have."""

    code = "unknown-customer"
    title = "The customer is not known"
    hint = "Register the customer first, or leave the customer out."


class UnknownTaxCode(Invalid):
    """A product is taxed by a code that the store's settings do not have."""

    code = "unknown-tax-code"
    title = "The tax code is not known"
    hint = "Add the code to the store's tax table, or correct the product."


class UnknownLine(Invalid):
    """A refund names a line the sale does not have."""

    code = "unknown-line"
    title = "The sale has no such line"
    hint = "Read the sale and use its own line numbers."


class ProductInactive(Invalid):
    """The product is no longer for sale."""

    code = "product-inactive"
    title = "The product is no longer for sale"
    hint = "Set the product active again to sell it."


class NotStocked(Invalid):
    """A service has no stock."""

    code = "not-stocked"
    title = "The product has no stock"
    hint = 'Only products of kind "stocked" are received, counted and adjusted.'


class PriceMissing(Invalid):
    """No price is in force for the product and none was given."""

    code = "price-missing"
    title = "The product has no price"
    hint = "Send a unit_price with the line."


class DiscountTooLarge(Invalid):
    """A discount would take a line below zero."""

    code = "discount-too-large"
    title = "The discount is larger than the line"
    hint = "Lower the discount; money is given back with a refund."


class TendersDoNotCover(Invalid):
    """What was handed over is less than what is due."""

    code = "tenders-do-not-cover"
    title = "The tenders do not cover the total"
    hint = "Take the missing amount, then send the sale again."


class TendersExceed(Invalid):
    """More was handed over than is due, and not in cash."""

    code = "tenders-exceed"
    title = "The tenders are more than the total"
    hint = "Only cash gives change: lower the other tenders."


class AddressMissing(Invalid):
    """A delivery without an address."""

    code = "address-missing"
    title = "A delivery needs an address"
    hint = "Send a shipping_address, or make it a pickup."


# --- who asks may not: 403 ----------------------------------------------------------------------------------


class OverrideNotAllowed(Refusal):
    """A price other than the one in force, asked for without the right to."""

    code = "override-not-allowed"
    title = "The price may not be changed"
    hint = "Let a supervisor approve it (approved_by), or leave unit_price out to sell at the price in force."
    status = 403


# --- the state of the store forbids it: 409 -----------------------------------------------------------------


class Conflict(Refusal):
    """What is asked for made sense once, or may later; now it does not."""

    code = "conflict"
    title = "The present state does not allow it"
    hint = "Read the present state and decide again."
    status = 409


class AlreadyExists(Conflict):
    """Something of this id is already there."""

    code = "already-exists"
    title = "The id is taken"
    hint = "Use another id, or read what is there."


class ClientRefUsed(Conflict):
    """The register has used this reference for another document."""

    code = "client-ref-used"
    title = "The till has used this client_ref before"
    hint = "If this is the same sale, it is booked already: read it. Else send a new client_ref."


class AlreadyVoided(Conflict):
    """The sale has been undone."""

    code = "already-voided"
    title = "The sale is already void"
    hint = "Nothing is left to do."


class AlreadyRefunded(Conflict):
    """Part of the sale has been given back, so it cannot be undone as a whole."""

    code = "already-refunded"
    title = "The sale has been refunded"
    hint = "Refund what is left of it instead."


class VoidTooLate(Conflict):
    """The business day of the sale is over."""

    code = "void-too-late"
    title = "Only today's sales can be voided"
    hint = "Refund the sale instead."


class RefundExceeds(Conflict):
    """More is to be given back than is left of the sale."""

    code = "refund-exceeds"
    title = "The refund is more than what is left"
    hint = "Read the sale: each line says how much of it has been refunded."


class DrawerAlreadyOpen(Conflict):
    """The drawer was opened and not closed."""

    code = "drawer-already-open"
    title = "The drawer is already open"
    hint = "Close the drawer first."


class DrawerNotOpen(Conflict):
    """The drawer has not been opened."""

    code = "drawer-not-open"
    title = "The drawer is not open"
    hint = "Open the drawer first."


class CustomerErasedAlready(Conflict):
    """The customer's personal data has been erased; the id stays taken for ever."""

    code = "customer-erased"
    title = "The customer has been erased"
    hint = "Register the customer anew, under another id."


class OrderNotOpen(Conflict):
    """The order has gone too far, or has been cancelled."""

    code = "order-not-open"
    title = "The order can no longer be changed"
    hint = "Read the order to see its status."


class InsufficientStock(Conflict):
    """Goods that were to be promised are not there."""

    code = "insufficient-stock"
    title = "There is not enough stock"
    hint = "Lower the quantities or leave the items out; unavailable_items says how much there is."
