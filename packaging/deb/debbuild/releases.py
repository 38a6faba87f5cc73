"""What the releases of Debian have that compiled wheels are tied to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Release(NamedTuple):
    """One release of Debian, and its only Python."""

    number: int
    codename: str
    python: tuple[int, int]

    @property
    def needs_python(self) -> str:
        """The exact range: an interpreter one minor version on could not load a single compiled wheel."""
        major, minor = self.python
        return f"python3 (>= {major}.{minor}), python3 (<< {major}.{minor + 1})"


RELEASES: Mapping[str, Release] = {
    "bookworm": Release(12, "bookworm", (3, 11)),
    "trixie": Release(13, "trixie", (3, 13)),
}

ARCHITECTURES: Mapping[str, str] = {"amd64": "x86_64", "arm64": "aarch64"}
"""Debian's name -> the wheels' name."""

REVISION = 1
"""Of the packaging, where the program's version stays the same."""


def debian_version(version: str, release: Release) -> str:
    """Such as 0.1.0-1+deb12: a store that moves on to the next Debian gets a higher one."""
    return f"{version}-{REVISION}+deb{release.number}"
