"""The appliance with nothing in a request's way: no token, session, approval, rate, or watch over connections.

Only a benchmark starts it: it is the limit that `auth_cost` is measured against, in the same build.
"""

from __future__ import annotations

from appliance import supervisor
from appliance.api.call import Call
from appliance.api.endpoints import ENDPOINTS
from appliance.cli import main


def open_everything() -> None:
    """Take away what asks who it is and how much they ask for."""
    setattr(Call, "authenticate", _let_in)  # noqa: B010  what is measured is its absence
    for endpoint in ENDPOINTS:
        object.__setattr__(endpoint, "guard", None)
    setattr(supervisor, "protocol", lambda _: "httptools")  # noqa: B010  the same, of its connections


def _let_in(call: Call, roles: frozenset[str]) -> None:
    del call, roles


if __name__ == "__main__":
    open_everything()
    main()
