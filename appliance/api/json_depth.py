"""How deep a body may be nested, found out before any parser builds a tree of it."""

from __future__ import annotations

import re

from appliance.api.refusals import InvalidRequest

MAX_DEPTH = 32  # the deepest body of ours has 5
MOST_MARKS = 400_000  # brackets, quotes and backslashes: beyond any body of 1 MiB that says something

_MARKS = re.compile(rb"[\[{\]}\"\\]")
_OPENING = frozenset(b"[{")
_BACKSLASH, _QUOTE = ord("\\"), ord('"')


def check_depth(raw: bytes, most_marks: int = MOST_MARKS) -> None:
    """Refuse what is nested too deep. Raises InvalidRequest.

    Most bodies have fewer brackets than the limit has levels, which is all that has to be looked at.
    """
    marks = raw.count(b"{") + raw.count(b"[")
    if marks <= MAX_DEPTH:
        return
    if 2 * marks + raw.count(b'"') + raw.count(b"\\") > most_marks:
        raise InvalidRequest(f"The body has more than {most_marks} brackets and quotes.")
    depth = 0
    quoted = False
    escaped_at = -1
    for found in _MARKS.finditer(raw):
        at = found.start()
        mark = raw[at]
        if mark == _BACKSLASH:
            escaped_at = at + 1 if at != escaped_at else -1
        elif mark == _QUOTE:
            quoted = not quoted if at != escaped_at else quoted
        elif not quoted:
            depth += 1 if mark in _OPENING else -1
            if depth > MAX_DEPTH:
                raise InvalidRequest(f"The body is nested more than {MAX_DEPTH} deep.")
