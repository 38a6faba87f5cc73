"""Every saga there is, in every version that one under way may still go by."""

from __future__ import annotations

from appliance.sagas.definition import Definition

DEFINITIONS: tuple[Definition, ...] = ()
"""A changed course is added as a new version; the old one goes only when no store can have a saga of it any more."""
