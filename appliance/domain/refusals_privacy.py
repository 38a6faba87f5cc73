"""Why the domain says no to what must not be kept at all."""

from __future__ import annotations

from appliance.domain.refusals import Refusal


class CardNumberRefused(Refusal):
    """A payment card's number in a text; neither the answer nor any log repeats it."""

    code = "card-number-refused"
    title = "A card number must not be written down"
    hint = "Take the card's number out of the named field and send it again; the terminal's own reference is enough."
    status = 422
