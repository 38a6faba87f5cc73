"""Who may do what: the one table of roles. Rights within a command, such as changing a price, are the domain's."""

from __future__ import annotations

from collections.abc import Mapping

ROLES: tuple[str, ...] = ("cashier", "supervisor", "manager", "support", "hq")

# What the control socket counts as: whoever may open it owns the machine.
CONTROL_ROLE = "support"

ROLE_MEANINGS: Mapping[str, str] = {
    "cashier": "a till: sells, takes back, looks things up",
    "supervisor": "a till that may also change prices, count stock and read the log",
    "manager": "the store's own administration: catalogue, customers' data, devices, rebuilds",
    "support": "who looks after the machine: everything but the catalogue's prices belongs to its work as well",
    "hq": "head office: catalogue, price lists, reports and the log; sells nothing",
}

EVERYBODY = frozenset(ROLES)
SELLING = frozenset({"cashier", "supervisor", "manager", "support"})
STOCK_KEEPING = frozenset({"supervisor", "manager", "support", "hq"})
CATALOGUE = frozenset({"manager", "support", "hq"})
OVERSIGHT = frozenset({"supervisor", "manager", "support", "hq"})
ADMINISTRATION = frozenset({"manager", "support"})
STEERING = frozenset({"supervisor", "manager", "support"})
PEOPLE = frozenset({"manager", "support", "hq"})
ERASING = frozenset({"manager", "support", "hq"})
