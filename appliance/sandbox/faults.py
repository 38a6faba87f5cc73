"""What may go wrong on demand, and the plan of what shall, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from appliance.integration.operations import OPERATIONS, PORTS

ANY = "*"

# Each fault, and what it does. "Done" says that the ledger has it all the same.
FAULTS: Mapping[str, str] = {
    "decline": "Refused for good; the ledger keeps the refusal.",
    "busy": "Not now: nothing was done, and the provider says so.",
    "error": "An error of the provider's own before anything was done.",
    "error_after": "Done, and then an error of the provider's own.",
    "timeout": "Done, and never answered.",
    "hang": "Neither done nor answered.",
    "drip": "Done, and answered byte by byte over minutes.",
    "twice": "Done, and answered twice.",
    "mixed_up": "Done, and answered in the name of another call.",
    "wrong_amount": "Done for one minor unit more than was asked.",
    "garbage": "Done, and answered with noise.",
    "huge": "Done, and answered without end.",
    "redirect": "Not done; sends the caller elsewhere.",
    "reset": "Done, and the connection reset in the middle of the answer.",
    "reset_before": "Not done; the connection reset.",
}
DONE_NEVERTHELESS = frozenset(
    {"error_after", "timeout", "drip", "twice", "mixed_up", "wrong_amount", "garbage", "huge", "reset"}
)
AMOUNTS = frozenset({"charge", "refund"})


class BadFault(Exception):
    """This is no fault that can be had."""


@dataclass(slots=True)
class Rule:
    """A fault wished for: where, how often, how likely. `count` None lasts until it is cleared."""

    provider: str
    operation: str
    fault: str
    count: int | None = None
    probability: float = 1.0

    def matches(self, provider: str, operation: str) -> bool:
        """Whether a call meets it, if chance has it."""
        here = self.provider in (ANY, provider) and self.operation in (ANY, operation)
        sensible = self.fault != "wrong_amount" or operation in AMOUNTS
        return here and sensible and self.count != 0

    def as_json(self) -> dict[str, Any]:
        """As the control route shows it."""
        names = ("provider", "operation", "fault", "count", "probability")
        return {name: getattr(self, name) for name in names}


@dataclass(slots=True)
class Plan:
    """The rules in force; the first that matches and is drawn decides. The same seed draws the same."""

    seed: int = 0
    rules: list[Rule] = field(default_factory=list)
    _chances: dict[str, random.Random] = field(default_factory=dict)

    def add(self, wish: Mapping[str, Any]) -> Rule:
        """Take a rule in, as the control route was sent it. Raises BadFault."""
        rule = _rule(wish)
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """From now on all goes well."""
        self.rules.clear()

    def draw(self, provider: str, operation: str) -> str | None:
        """The fault that the call coming in now meets."""
        for rule in self.rules:
            if rule.matches(provider, operation) and self._chance(provider, operation).random() < rule.probability:
                if rule.count is not None:
                    rule.count -= 1
                return rule.fault
        return None

    def _chance(self, provider: str, operation: str) -> random.Random:
        """Its own for every operation, so that what one provider is asked changes nothing for another."""
        name = f"{self.seed}/{provider}/{operation}"
        return self._chances.setdefault(name, random.Random(name))  # noqa: S311  repeatable on purpose


def _rule(wish: Mapping[str, Any]) -> Rule:
    choices = {
        "provider": {ANY, *PORTS},
        "operation": {ANY, *(each.name for each in OPERATIONS)},
        "fault": set(FAULTS),
    }
    for name, allowed in choices.items():
        if wish.get(name, ANY) not in allowed:
            raise BadFault(f"{name}: write one of {', '.join(sorted(allowed))}")
    if unknown := set(wish) - {*choices, "count", "probability"}:
        raise BadFault(f"unknown: {', '.join(sorted(unknown))}")
    count, probability = wish.get("count"), wish.get("probability", 1.0)
    if not (count is None or (type(count) is int and count > 0)):
        raise BadFault("count: write a number of calls, or leave it out")
    if not (isinstance(probability, int | float) and 0 < probability <= 1):
        raise BadFault("probability: write a number above 0, at most 1")
    return Rule(wish.get("provider", ANY), wish.get("operation", ANY), wish["fault"], count, float(probability))
