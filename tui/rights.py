"""Which roles may change what: so that a room offers only the keys that the store will not refuse."""

from __future__ import annotations

STEERING = frozenset({"supervisor", "manager", "support"})
ADMINISTRATION = frozenset({"manager", "support"})
PEOPLE = frozenset({"manager", "support", "hq"})
ROLES = ("cashier", "supervisor", "manager", "support", "hq")
