"""Why the domain says no to what head office sends, and to a till because of it."""

from __future__ import annotations

from appliance.domain.refusals import Conflict, Invalid, Refusal


class ProductUnderRecall(Invalid):
    """Head office has called the product back."""

    code = "product-recalled"
    title = "The product has been recalled"
    hint = "Take it off the shelf and do not sell it. Head office lifts the recall when that is over."


class RegisterIsShut(Conflict):
    """Head office lets nothing be sold on this register."""

    code = "register-shut"
    title = "No sale is taken on this register"
    hint = "Use another register; count and close this one's drawer. Head office reopens it."


class NotAPolicy(Invalid):
    """Something that head office cannot set from afar."""

    code = "not-a-policy"
    title = "This cannot be set by head office"
    hint = "Set one of the policies listed in docs/reference/policies.md; the rest belongs to the box's own settings."


class InvalidPolicy(Invalid):
    """A policy of the wrong type, or out of its bounds."""

    code = "invalid-policy"
    title = "The policy's value cannot be used"
    hint = "Send a value of the form that docs/reference/policies.md gives; the one in force stays until then."


class PriceListChanged(Conflict):
    """Another price list has been begun under this version."""

    code = "pricelist-changed"
    title = "This version stands for another price list"
    hint = "Send the new prices under a version of their own."


class CommandExpired(Refusal):
    """The command came too late to be carried out."""

    code = "command-expired"
    title = "The command came too late"
    hint = "Send it again, under a new id, if it still holds."


class CommandIdReused(Refusal):
    """The id has been used for another command."""

    code = "command-id-reused"
    title = "The command's id stands for another command"
    hint = "Give every command an id of its own; repeat an id only with the very same command."
