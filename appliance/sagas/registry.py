"""Every saga there is, in every version that one under way may still go by."""

from __future__ import annotations

from collections.abc import Callable

from appliance.domain.policy import StorePolicy
from appliance.sagas.definition import Definition
from appliance.sagas.fulfilment import Times, order_fulfilment
from appliance.sagas.fulfilment.calls import Known


def definitions(people: Known, policy: Callable[[], StorePolicy], times: Times) -> tuple[Definition, ...]:
    """All of them. A changed course is added as a new version; the old one goes only when no store can be at it."""
    return (order_fulfilment(people, policy, times),)
