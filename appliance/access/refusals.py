"""Why somebody is not let in, or may not do it alone."""

from __future__ import annotations

from appliance.errors import StoreError


class PinRefused(StoreError):
    """Operator and PIN do not belong together; which of the two is wrong is told to nobody."""

    code = "pin-refused"
    title = "Operator or PIN is wrong"
    hint = "Try again; after a few wrong ones each further try has to wait. A manager can set a new PIN."
    status = 401


class LockedOut(StoreError):
    """Too many wrong PINs from this device or for this operator; others go on."""

    code = "locked-out"
    title = "Too many wrong PINs"
    hint = "Wait as long as Retry-After says; selling goes on. Another operator can sign on at another till."
    status = 429


class SessionEnded(StoreError):
    """The session is unknown here, is another device's, or has ended."""

    code = "session-ended"
    title = "Nobody is signed on under this session"
    hint = "Sign on: POST /api/v1/sessions with an operator and a PIN, then send Backroom-Session."
    status = 401


class ApprovalRequired(StoreError):
    """Somebody else has to put their PIN to this action."""

    code = "approval-required"
    title = "A supervisor has to approve this"
    hint = "Let a supervisor approve it: POST /api/v1/approvals, then send the same request with Backroom-Approval."
    status = 403


class ApprovalInvalid(StoreError):
    """The approval is unknown, used, too old, another device's or for another action."""

    code = "approval-invalid"
    title = "This approval does not hold"
    hint = "Nothing was booked. Ask for a new one: an approval is for one action on one device, once, for two minutes."
    status = 403


class MayNotApprove(StoreError):
    """The operator's role does not allow to approve this action."""

    code = "may-not-approve"
    title = "This operator may not approve this"
    hint = "Ask somebody of one of the roles named."
    status = 403


class CodeRefused(StoreError):
    """A one-time code that is wrong, used or too old."""

    code = "code-refused"
    title = "The code does not hold"
    hint = "Ask for a new one: a code works once and for a few minutes only."
    status = 401


class PinTooSimple(StoreError):
    """A PIN that is the first to be guessed, or no PIN at all."""

    code = "pin-too-simple"
    title = "This PIN will not do"
    hint = "Use 4 to 12 digits that are not all alike and do not simply count up or down."
    status = 422
