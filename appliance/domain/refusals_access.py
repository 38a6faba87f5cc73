"""Why a decision about operators is refused."""

from __future__ import annotations

from appliance.domain.refusals import NotFound, Refusal


class OperatorNotFound(NotFound):
    """No operator has this id."""

    code = "operator-not-found"
    title = "There is no such operator"
    hint = "GET /api/v1/operators lists them; `backroom operator add` adds one."


class RoleNotYours(Refusal):
    """A role is given or taken only by one who has as much."""

    code = "role-not-yours"
    title = "This role is above yours"
    hint = "Let somebody of that role or above do it, or use `backroom operator` on the store's own machine."
    status = 403
