"""Every route on one page, made from the endpoints: docs/reference/api.md.

`python -m appliance.api.reference` prints it; a test compares the two.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial

from appliance.api.endpoint import Endpoint
from appliance.api.endpoints import ENDPOINTS, TAGS
from appliance.api.openapi import DESCRIPTION
from appliance.printed_page import print_page

_HEAD = f"""\
# The HTTP interface

{DESCRIPTION}
A running store describes every field at `/docs`, without the internet; [openapi.json](../openapi.json) is the same for
programs, and [who may call what](roles.md) the table of roles. How a till repeats a request is told in
[receipts and retries](receipts-and-retries.md). Every route may also answer what all have in common: 400, 401, 403 and
429 before it is looked at, 500 for a defect.

This page is made from the routes themselves.
"""

_COMMON = frozenset({400, 401, 403, 429, 500})


def markdown() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_chapters()])


def _chapters() -> Iterator[str]:
    for tag, about in TAGS.items():
        yield f"## {tag[0].upper()}{tag[1:]}\n\n{about}\n"
        yield "| Route | What it does | Answers | Refuses with |\n|---|---|---|---|"
        yield from (_row(each) for each in ENDPOINTS if each.tag == tag)
        yield ""


def _row(endpoint: Endpoint) -> str:
    answers = ", ".join(map(str, endpoint.status))
    refusals = sorted({error.status for error in endpoint.refusals} - _COMMON)
    key = " Needs an `Idempotency-Key`." if endpoint.idempotent else ""
    refused = ", ".join(map(str, refusals))
    return f"| `{endpoint.method} {endpoint.path}` | {endpoint.summary}.{key} | {answers} | {refused} |"


main = partial(print_page, markdown, "appliance.api.reference > docs/reference/api.md")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
