"""Why the domain says no to what staff do for an order."""

from __future__ import annotations

from appliance.domain.refusals import Conflict, Invalid


class NotPicked(Conflict):
    """The order is delivered; only pickups are picked and handed over here."""

    code = "not-a-pickup"
    title = "The order is not a pickup"
    hint = "A delivery goes its way by itself; read the order to see how far it is."


class OrderBeingUndone(Conflict):
    """The money of the order is on its way back already; what a till gave now would be given twice."""

    code = "order-being-undone"
    title = "The order of this sale is being undone"
    hint = "Its money goes back the way it came; wait for the order to end, then refund what is left, if anything."


class NothingPicked(Invalid):
    """A pick that found none of it."""

    code = "nothing-picked"
    title = "Nothing of the order was picked"
    hint = "Pick at least one item or substitute, or cancel the order."


class PickExceeds(Invalid):
    """More was picked, or put in, than was ordered or is short."""

    code = "pick-exceeds"
    title = "More was picked than was ordered"
    hint = "Send at most the ordered quantity, and a substitute only for what is short of it."
