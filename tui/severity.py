"""How bad a problem is, as a sign before its title; on its own, since the day shows it without the list of problems."""

from __future__ import annotations

from collections.abc import Mapping

SIGNS: Mapping[str, str] = {"critical": "!!", "warning": "!", "notice": "-"}
