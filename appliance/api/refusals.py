"""Why the edge says no, before any command is run: one class a reason, with its code and the next step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appliance.domain.refusals import Conflict, NotFound, Refusal
from appliance.errors import StoreError

ErrorItem = tuple[str, str]
"""(where, what is wrong with it)."""


class EdgeRefusal(StoreError):
    """Root of what the HTTP edge refuses; `errors` names every place that is wrong."""

    def __init__(self, detail: str, *, at: str | None = None, errors: Sequence[ErrorItem] = (), **facts: Any) -> None:
        super().__init__(detail, at=at, **facts)
        self.errors = tuple(errors)


# --- the request cannot be read: 400, 408, 413, 415 -----------------------------------------------------------


class MalformedJson(EdgeRefusal):
    """The body is no JSON."""

    code = "malformed-json"
    title = "The body is not valid JSON"
    hint = "Send one JSON object in UTF-8; the detail says where it breaks off."
    status = 400


class InvalidParameter(EdgeRefusal):
    """A query parameter that is unknown, repeated, missing or of the wrong form."""

    code = "invalid-parameter"
    title = "A query parameter is not valid"
    hint = "Correct the named parameter; the reference at /docs lists what each route takes."
    status = 400


class InvalidHeader(EdgeRefusal):
    """A header whose value means nothing."""

    code = "invalid-header"
    title = "A header is not valid"
    hint = "Correct the named header."
    status = 400


class KeyMissing(EdgeRefusal):
    """A write without an idempotency key."""

    code = "idempotency-key-missing"
    title = "Every write needs an Idempotency-Key"
    hint = "Send a fresh UUID in the Idempotency-Key header, and the same one when you repeat this very request."
    status = 400


class KeyInvalid(EdgeRefusal):
    """An idempotency key that is empty, too long or not of visible ASCII."""

    code = "idempotency-key-invalid"
    title = "The Idempotency-Key is not well formed"
    hint = "Use 1 to 255 visible ASCII characters, such as a UUID."
    status = 400


class BodyTooSlow(EdgeRefusal):
    """The body did not arrive in time."""

    code = "body-too-slow"
    title = "The body did not arrive in time"
    hint = "Nothing was booked. Check the till's network, then send the same request with the same key."
    status = 408


class BodyTooLarge(EdgeRefusal):
    """More bytes than one request may carry."""

    code = "body-too-large"
    title = "The body is too large"
    hint = "Split the request."
    status = 413


class NotJson(EdgeRefusal):
    """A body of another media type."""

    code = "not-json"
    title = "Only JSON is understood here"
    hint = "Send Content-Type: application/json."
    status = 415


class InvalidRequest(EdgeRefusal):
    """The body is JSON, but not of the form the route takes."""

    code = "invalid-request"
    title = "The request does not have the right form"
    hint = "Correct each place named under errors; the reference at /docs shows an example."
    status = 422


# --- who asks: 401, 403 ---------------------------------------------------------------------------------------


class Unauthenticated(EdgeRefusal):
    """No token, or one that no device has."""

    code = "unauthenticated"
    title = "The device is not known"
    hint = "Send Authorization: Bearer <token>. `backroom device add` enrols a device and shows its token once."
    status = 401


class Forbidden(EdgeRefusal):
    """The device's role does not allow this."""

    code = "forbidden"
    title = "The device's role does not allow this"
    hint = "Use a device of one of the roles named, or enrol one with `backroom device add`."
    status = 403


# --- what is addressed: 404, 405 ------------------------------------------------------------------------------


class NoSuchRoute(EdgeRefusal):
    """Nothing is served at this address."""

    code = "no-such-route"
    title = "Nothing is served at this address"
    hint = "The reference at /docs lists every route."
    status = 404


class MethodNotAllowed(EdgeRefusal):
    """The address exists, but not for this method."""

    code = "method-not-allowed"
    title = "The address does not take this method"
    hint = "Use one of the methods in the Allow header."
    status = 405


class RefundNotFound(NotFound):
    """No refund has this id."""

    code = "refund-not-found"
    title = "There is no such refund"
    hint = "Look its sale up: the sale names its refunds."


class ProductNotFound(NotFound):
    """No product has this id."""

    code = "product-not-found"
    title = "There is no such product"
    hint = "Search the product by name: GET /api/v1/products?query="


class StockNotFound(NotFound):
    """No product that is kept in stock has this id."""

    code = "stock-not-found"
    title = "No such product is kept in stock"
    hint = "Search the product by name; services have no stock."


class BarcodeNotFound(NotFound):
    """No product has this barcode."""

    code = "barcode-not-found"
    title = "No product has this barcode"
    hint = "Scan the code again, or search the product by name."


class ProjectionNotFound(NotFound):
    """No view has this name."""

    code = "projection-not-found"
    title = "There is no such projection"
    hint = "GET /api/v1/projections lists them."


class ProblemNotFound(NotFound):
    """Nothing like this is wrong."""

    code = "problem-not-found"
    title = "There is no such problem"
    hint = "GET /api/v1/problems lists those there are; it may have gone by itself."


class ResolvesItself(Conflict):
    """A problem that is seen and not written down."""

    code = "problem-resolves-itself"
    title = "This problem goes when its cause does"
    hint = "Do what its next step says, or fix it where the list names a fix."


class NothingToFix(Conflict):
    """A problem that takes a person."""

    code = "problem-not-fixable"
    title = "The store cannot mend this by itself"
    hint = "Do what its next step says."


class DeviceNotFound(NotFound):
    """No device has this id."""

    code = "device-not-found"
    title = "There is no such device"
    hint = "GET /api/v1/devices lists them."


class KeyUnknown(NotFound):
    """Nothing was booked under this key."""

    code = "idempotency-key-unknown"
    title = "Nothing was booked under this key"
    hint = "The request never took effect: send it again with the same key."


class NotVerified(NotFound):
    """No verification has been run since the start."""

    code = "not-verified"
    title = "No verification has been run since the start"
    hint = "Start one with POST /api/v1/verify."


class NoBackupYet(NotFound):
    """No backup has been begun since the start."""

    code = "no-backup-yet"
    title = "No backup has been begun since the start"
    hint = "Take one with POST /api/v1/backups; GET /api/v1/backups lists those of former days."


# --- preconditions: 409, 428 ----------------------------------------------------------------------------------


class DeviceExists(Conflict):
    """The id belongs to a device that was enrolled before; tokens are never shown again."""

    code = "device-exists"
    title = "There is a device of this id"
    hint = "Choose another id; a device that was revoked keeps its id."


class PreconditionRequired(EdgeRefusal):
    """A change of something that exists, without saying which state of it was seen."""

    code = "precondition-required"
    title = "It exists already, and the change does not say what it is based on"
    hint = "Read it, then send its ETag in If-Match together with the change."
    status = 428


# --- too much, too slowly: 408, 429, 431, 503 -----------------------------------------------------------------


class TooManyRequests(EdgeRefusal):
    """More requests a second than one device, all devices or one address without a token may send."""

    code = "too-many-requests"
    title = "Too many requests in a second"
    hint = "Nothing was booked. Send the same request with the same key again after Retry-After."
    status = 429


class RequestTooSlow(EdgeRefusal):
    """The header did not arrive in time."""

    code = "request-too-slow"
    title = "The request did not arrive in time"
    hint = "Nothing was booked. Check the till's network, then send the same request with the same key."
    status = 408


class HeaderTooLarge(EdgeRefusal):
    """More bytes than the header of a request may have."""

    code = "header-too-large"
    title = "The header is too large"
    hint = "Send fewer or shorter headers."
    status = 431


class TooManyConnections(EdgeRefusal):
    """More connections than the store, or one address, may hold."""

    code = "too-many-connections"
    title = "There are too many connections"
    hint = "Close connections that are not used; a till needs one."
    status = 503


class InternalError(EdgeRefusal):
    """A defect of ours."""

    code = "internal-error"
    title = "Something went wrong inside the store"
    hint = "Report the request id; the journal has the rest. A write can be repeated with the same key."
    status = 500


def refusal_name(refusal: type[Refusal]) -> str:
    """The first line of why a class of refusals exists."""
    return (refusal.__doc__ or refusal.title).strip().splitlines()[0]


class SyncOff(EdgeRefusal):
    """The store has no head office."""

    code = "sync-off"
    title = "This store sends nothing to a head office"
    hint = "Set sync.url to head office's NATS server and start the store again."
    status = 409
