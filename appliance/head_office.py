"""Head office as a part of the store: who is asked at the start, and both directions over one link.

Wired here and not in `bootstrap`, so that a store without a head office loads nothing of it.
"""

from __future__ import annotations

from appliance import __version__
from appliance.api.services import Services
from appliance.application.policies import Policies
from appliance.config import Settings
from appliance.eventstore.clock import system_clock
from appliance.eventstore.escrow import read_public
from appliance.eventstore.identity import machine_id
from appliance.eventstore.lives import Ask
from appliance.eventstore.store import EventStore
from appliance.sync.connection import address_of
from appliance.sync.downstream import Downstream
from appliance.sync.handover import Handover
from appliance.sync.homecoming import Homecoming
from appliance.sync.publisher import Local
from appliance.sync.subscriber import Store
from appliance.sync.upstream import Upstream


def homecoming(settings: Settings) -> Ask:
    """Asks head office for a log's lost tail."""
    return Homecoming(address_of(settings.store.id, settings.sync), machine_id(settings.machine_id))


async def begun(settings: Settings, store: EventStore, services: Services, policies: Policies) -> Upstream:
    """Both directions, over one link."""
    machine = machine_id(settings.machine_id)

    async def healed() -> None:
        await policies.refresh()
        if settings.sagas.enabled:
            await services.sagas.take_up()

    local = Local(settings.store.id, machine, services.readers, store.writer, system_clock, healed)
    upstream = Upstream(local, address_of(settings.store.id, settings.sync), __version__, services.tracing)
    taking = Store(
        store_id=settings.store.id,
        writer=store.writer,
        vault=store.vault,
        clock=system_clock,
        dispatcher=services.dispatcher,
        refresh=policies.refresh,
        may_consume=lambda: upstream.state.claim == "held",
    )
    recipient = read_public(settings.sync.keys_for) if settings.sync.keys_for else None
    reopened = services.maintenance.reopen
    handover = Handover(settings.store.id, machine, store.vault, store.writer, system_clock, reopened)
    downstream = Downstream(taking, services.readers, recipient, handover)
    await downstream.ages.load()
    upstream.take(downstream)
    await upstream.start()
    return upstream
