"""What a package carries of the optional parts: a store that is offline cannot add them later."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import requires

EXTRAS = ("grpc", "otel")
"""Providers that speak gRPC, and traces."""

_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?[^;]*(?:;(.*))?$")


def beyond(lock: Mapping[str, str], everything: Mapping[str, str]) -> Mapping[str, str]:
    """What the extras add to the lock, out of the one that has everything; asked of the builder's .venv."""
    wanted = [name for extra in EXTRAS for name in needs("backroom", extra)]
    for name in wanted:  # grows while it is walked
        wanted += [each for each in needs(name) if each in everything and each not in wanted]
    return {name: text for name, text in everything.items() if name in wanted and name not in lock}


def needs(distribution: str, extra: str | None = None) -> Iterator[str]:
    """The names that a distribution requires, always or for one of its extras."""
    for line in requires(distribution) or ():
        found = _REQUIREMENT.match(line)
        marker = found[2] or "" if found else ""
        named = re.search(r"""extra\s*==\s*["']([\w-]+)["']""", marker)
        if found and (named[1] if named else None) == extra:
            yield re.sub(r"[-_.]+", "-", found[1]).lower()
