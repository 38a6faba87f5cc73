"""Every route and who may call it, made from the endpoints: so the table says what the server does.

`python -m appliance.api.role_table` prints docs/reference/roles.md; a test compares the two, and another one asks a
real store cell by cell.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial

from appliance.api.endpoint import Endpoint
from appliance.api.endpoints import ENDPOINTS
from appliance.api.pages import PAGES
from appliance.api.roles import ROLES
from appliance.domain.operator import APPROVERS
from appliance.printed_page import print_page

OPEN, YES, APPROVED, NO = "open", "yes", "approved", "-"

_HEAD = """\
# Who may call what

Whatever is not named here is refused: an address that is no route answers 404, a request without a known device's
token 401, a role that is not in the row 403. The role is the device's, or, where somebody is signed on, the
operator's. The control socket may call everything: whoever can open it owns the machine.

- `open`: without a token. `open, yes from afar`: without a token on the store's own machine (loopback), from another
  one with a token of this role; `open, - from afar`: there only.
- `yes`: this role may.
- `approved`: this role may with the [approval](access.md) of somebody who may do it alone. In a store without
  operators, plain tills may do so without, except for `POST /api/v1/enrolment-codes`.
- `-`: this role may not.

This page is made from the routes themselves.

"""


def markdown() -> str:
    """The whole page."""
    return _HEAD + "\n".join(_rows()) + "\n"


def cell(endpoint: Endpoint, role: str) -> str:
    """What a role may do with a route."""
    if endpoint.roles is None:
        return OPEN if endpoint.afar is None else f"{OPEN}, {'yes' if role in endpoint.afar else NO} from afar"
    if endpoint.local or role not in endpoint.roles:
        return NO
    guard = endpoint.guard
    return APPROVED if guard is not None and guard.always and role not in APPROVERS[guard.action] else YES


def _rows() -> Iterator[str]:
    yield f"| Route | {' | '.join(ROLES)} |"
    yield f"|---|{'---|' * len(ROLES)}"
    for endpoint in (*ENDPOINTS, *PAGES):
        cells = [cell(endpoint, role) for role in ROLES]
        yield f"| `{endpoint.method} {endpoint.path}` | {' | '.join(cells)} |"


main = partial(print_page, markdown, "appliance.api.role_table > docs/reference/roles.md")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
